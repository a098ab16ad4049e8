"""Keys: what identifies a record, and the text by which two of them are compared."""

import json

import pytest

from pipeline.model.rows import Key


@pytest.mark.parametrize(
    "values",
    [
        (1, "a@x.example"),
        (-9_007_199_254_740_993, ""),
        (True, None),
        (1.5, 'a "quoted" \\ name'),
        ("line\nbreak\ttab\x00\x1f", "größe ☎ \U0001d54f \u2028"),
    ],
)
def test_a_key_is_written_as_json_without_blanks_and_compared_without_case(values):
    folded = [value.strip().lower() if isinstance(value, str) else value for value in values]

    def compact(cells):
        return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))

    assert Key.of(values).as_json == compact(values)
    assert Key.of(values).folded == compact(folded)
