"""What the empty workbook holds, of any endpoint."""

from dataclasses import replace

import openpyxl
import pytest

from pipeline.intake.template import write_template
from pipeline.model.sources import INSTRUCTIONS_SHEET
from schemas import endpoints
from schemas.endpoint import Field, FieldType

EMAIL_ACCOUNTS = endpoints()["emailaccounts"]
BOARDS = replace(
    EMAIL_ACCOUNTS,
    name="boards",
    label="board",
    fields=(
        Field(name="Name", type=FieldType.STRING, required=True, description="Name."),
        Field(name="Rank", type=FieldType.INTEGER, description="Rank.", bits=32),
        Field(name="Kind", type=FieldType.INTEGER, description="Kind.", choices={"Public": 1, "Private": 2}),
        Field(name="Open", type=FieldType.BOOLEAN, description="Open.", required_by_newer_pages=True),
    ),
)


@pytest.fixture
def book_of(tmp_path):
    """Writes an endpoint's template and opens it."""

    def written(endpoint):
        path = tmp_path / "template.xlsx"
        write_template(endpoint, path, force=True)
        return openpyxl.load_workbook(path)

    return written


def validations(sheet):
    """Each column's check, by the header."""
    found = {}
    for one in sheet.data_validations.dataValidation:
        [cells] = one.sqref.ranges
        assert (cells.min_row, cells.max_row, cells.min_col) == (2, 1_048_576, cells.max_col)
        found[sheet.cell(1, cells.min_col).value] = one
    return found


@pytest.mark.parametrize("endpoint", [EMAIL_ACCOUNTS, BOARDS], ids=lambda endpoint: endpoint.name)
class TestAnyEndpoint:
    def test_has_a_sheet_to_fill_in_and_one_with_instructions(self, book_of, endpoint):
        book = book_of(endpoint)
        assert book.sheetnames == [f"{endpoint.label.capitalize()}s", INSTRUCTIONS_SHEET]
        assert book.active is book.worksheets[0]
        assert [cell.value for cell in book.worksheets[0][1]] == [f.name for f in endpoint.fields]
        assert book.worksheets[0].max_row == 1
        assert book.worksheets[0].freeze_panes == "A2"

    def test_each_header_has_a_note_and_room_for_itself(self, book_of, endpoint):
        sheet = book_of(endpoint).worksheets[0]
        for field, cell in zip(endpoint.fields, sheet[1], strict=True):
            note = cell.comment.text
            assert ("required" in note) == field.required
            assert field.type.value in note
            assert (field.hint or field.description) in note
            assert field.example in note
            assert sheet.column_dimensions[cell.column_letter].width > len(field.name)

    def test_required_headers_have_a_colour_of_their_own(self, book_of, endpoint):
        sheet = book_of(endpoint).worksheets[0]
        colours = {field.required: set() for field in endpoint.fields}
        for field, cell in zip(endpoint.fields, sheet[1], strict=True):
            colours[field.required].add(cell.fill.start_color.rgb)
        assert len(colours[True]) == 1
        assert not colours[True] & colours[False]

    def test_instructions_name_every_field_with_its_words(self, book_of, endpoint):
        sheet = book_of(endpoint)[INSTRUCTIONS_SHEET]
        rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
        for field in endpoint.fields:
            need, kind, _, example, words = rows[field.name][:5]
            assert (need == "required") == field.required
            assert (kind, example or "", words) == (field.type.value, field.example, field.hint or field.description)
        assert any("nexudus-import run" in str(first) for first in rows)

    def test_is_the_same_file_each_time(self, tmp_path, endpoint):
        for name in ("a.xlsx", "b.xlsx"):
            write_template(endpoint, tmp_path / name, force=False)
        assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


class TestChecks:
    def test_booleans_and_enums_have_a_list_that_warns_of_other_words(self, book_of):
        found = validations(book_of(EMAIL_ACCOUNTS).worksheets[0])
        assert (found["Active"].type, found["Active"].formula1) == ("list", '"yes,no"')
        deletion = found["DeleteMessageSettings"]
        assert deletion.formula1 == '"DontDelete,DeleteOnReceive,DeleteWhenDeleting"'
        assert deletion.errorStyle == "warning"

    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [
            ("IncomingServerPort", "1", "65535"),
            ("ErrorCount", "-2147483648", "2147483647"),
            ("BusinessId", "-999999999999999", "999999999999999"),
        ],
    )
    def test_ports_and_integers_are_whole_numbers_in_their_range(self, book_of, name, low, high):
        check = validations(book_of(EMAIL_ACCOUNTS).worksheets[0])[name]
        assert (check.type, check.operator or "between", check.formula1, check.formula2) == (
            "whole",
            "between",
            low,
            high,
        )

    def test_every_cell_says_what_is_allowed(self, book_of):
        found = validations(book_of(BOARDS).worksheets[0])
        assert {name: one.prompt for name, one in found.items()} == {
            "Name": "text",
            "Rank": "a whole number up to 2,147,483,647",
            "Kind": "one of Public (1), Private (2)",
            "Open": "yes or no (also true, y, 1, on, false, n, 0, off)",
        }

    @pytest.mark.parametrize(
        ("name", "form"), [("DisplayName", "@"), ("BusinessId", "0"), ("LastCheckTime", "yyyy-mm-dd hh:mm")]
    )
    def test_columns_keep_what_is_typed_as_it_is_meant(self, tmp_path, name, form):
        path = tmp_path / "template.xlsx"
        write_template(EMAIL_ACCOUNTS, path, force=False)
        sheet = openpyxl.load_workbook(path).worksheets[0]
        column = next(cell.column_letter for cell in sheet[1] if cell.value == name)
        assert sheet.column_dimensions[column].number_format == form
