"""Keys: what identifies a record, and the text by which two of them are compared."""

import json

import pytest

from pipeline.model.rows import Key, json_arrays


@pytest.mark.parametrize(
    "values",
    [
        (1, "a@x.example"),
        (-9_007_199_254_740_993, ""),
        (True, False),
        (1.5, 'a "quoted" \\ name'),
        ("line\nbreak\ttab\x00\x1f", "größe ☎ \U0001d54f \u2028"),
    ],
)
def test_a_key_is_written_as_json_without_blanks_and_compared_without_case(values):
    folded = [value.strip().lower() if isinstance(value, str) else value for value in values]

    def compact(cells):
        return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))

    assert json_arrays([[value] for value in values]) == [compact(values)]
    assert Key.of(values).folded == compact(folded)


def test_the_keys_of_many_rows_are_those_of_each():
    columns = [[1, 2, None], ["A@x.example", " b", "c"]]
    assert Key.of_columns(columns) == [Key.of((1, "A@x.example")), Key.of((2, " b")), None]
    assert json_arrays(columns) == ['[1,"A@x.example"]', '[2," b"]', '[null,"c"]']


def test_a_single_key_has_all_of_its_parts():
    with pytest.raises(ValueError, match="missing"):
        Key.of((1, None))
