"""The row that names a table's columns, among its first rows."""

from pipeline.intake.readers.header import find_header, names_none


def names(cells):
    """Counts the cells that are fields, which here begin with an F."""
    return sum(cell.startswith("F") for cell in cells)


def found(rows, header_row=None):
    header = find_header(enumerate(rows, start=1), names, header_row)
    return header and (header.row, header.plain, [row for row, _ in header.above])


def test_the_first_row_that_names_the_most_fields():
    assert found([["Title"], [""], ["F1", "x"], ["F1", "F2"], ["F1", "F2"]]) == (4, True, [1, 3])


def test_one_field_among_other_words_is_no_header():
    assert found([["a", "b"], ["F1", "x"]]) == (1, False, [])


def test_one_field_alone_is_a_header():
    assert found([["A title"], [" F1 ", ""]]) == (2, True, [1])


def test_rows_far_below_are_not_looked_at():
    assert found([*([["x"]] * 100), ["F1", "F2"]]) == (1, False, [])


def test_blank_rows_do_not_count_among_the_first():
    assert found([*([[""]] * 500), ["x"], ["F1", "F2"]]) == (502, True, [501])


def test_the_row_that_is_given_wins():
    assert found([["F1", "F2"], ["x", "F1"], ["y"]], header_row=2) == (2, False, [1])


def test_a_row_that_is_given_and_blank_or_missing_is_none():
    assert found([["F1"], [""]], header_row=2) is None
    assert found([["F1"]], header_row=7) is None


def test_without_fields_it_is_the_first_row_that_is_not_blank():
    header = find_header([(1, [" "]), (2, ["a"]), (3, ["b", "c"])], names_none)
    assert (header.row, header.cells, header.plain) == (2, ("a",), False)
