"""The files that everybody is given."""

import json

from benchmarks.files import HEADER, body_template, row, rows


def test_no_two_rows_have_the_same_key():
    keys = [(cells[0], cells[2]) for cells in rows(1000)]
    assert len(set(keys)) == 1000


def test_every_row_has_a_cell_for_every_column():
    assert len(HEADER) == 16
    assert {len(cells) for cells in rows(500, bad_every=7)} == {16}


def test_one_row_in_a_hundred_is_bad_by_one_cell_and_the_mistakes_take_turns():
    spoiled = [(at, cells) for at, cells in enumerate(rows(1000, bad_every=100)) if cells != row(at)]
    assert [at for at, _ in spoiled] == list(range(99, 1000, 100))
    differing = [[HEADER[i] for i in range(16) if cells[i] != row(at)[i]] for at, cells in spoiled]
    assert differing[:5] == [["BusinessId"], ["DisplayName"], ["LastMessageId"], ["ErrorCount"], ["BusinessId"]]


def test_a_filled_in_body_is_the_row_as_json_with_its_types():
    body = body_template()
    for name, value in zip(HEADER, row(7), strict=True):
        body = body.replace(f"{{{{{name}}}}}", str(value))
    filled = json.loads(body)
    assert list(filled) == list(HEADER)
    assert (filled["BusinessId"], filled["EmailAddress"], filled["Active"]) == (1007, "user7@example.com", True)
