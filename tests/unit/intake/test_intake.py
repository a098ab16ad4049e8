"""Sources whose columns are understood before a row is read: what is said about them, what refuses them."""

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import SourceError
from pipeline.intake.intake import open_intake
from pipeline.intake.sources import find_sources
from pipeline.model.config import ReadOptions, RunConfig

NAMES = (
    "BusinessId,DisplayName,EmailAddress,IncomingServer,IncomingServerPort,IncomingServerUsername,OutgoingServer,"
    "OutgoingServerPort,OutgoingServerUsername,LastMessageId,ErrorCount"
)
ROW = "1000,Desk 1,desk1@example.com,imap.example.com,993,desk1,smtp.example.com,587,desk1,0,0"
PADDED = "Mailbox list 2026" + "," * 10


def opened(folder, content, *, strict=False, **options):
    path = folder / "accounts.csv"
    path.write_text(content)
    config = RunConfig(endpoint="emailaccounts", strict=strict, read=ReadOptions(**options))
    return open_intake(find_sources(["accounts.csv"], [path]), config)


def rows_of(intake):
    return [
        (row, batch.typed.loc[position, "DisplayName"], position in batch.errors)
        for batch in intake.checked()
        for position, row in enumerate(batch.rows)
    ]


def told(intake):
    return [(n.property_name, n.message) for n in intake.sources[0].plan.notices]


@pytest.mark.parametrize(
    ("above", "row", "passed_over"),
    [
        ("Mailbox list 2026\n\n", 3, "row 1 ('Mailbox list 2026')"),
        (f"{PADDED}\n{',' * 10}\n", 3, "row 1 ('Mailbox list 2026')"),
        ("# exported list\n# by admin\n", 3, "row 1 ('# exported list'), row 2 ('# by admin')"),
        (
            "Report\nBy: us; them\n\n,Name\n1,2,3\n",
            6,
            "row 1 ('Report'), row 2 ('By: us; them'), row 4 ('Name') and 1 more",
        ),
    ],
    ids=["title", "padded title", "comments", "preamble"],
)
def test_the_header_is_found_below_other_lines_and_that_is_said(tmp_path, above, row, passed_over):
    intake = opened(tmp_path, f"{above}{NAMES}\n{ROW}\n")
    assert rows_of(intake) == [(row + 1, "Desk 1", False)]
    assert intake.sources[0].header.row == row
    message = f"row {row} is read as the header; not imported from above it: {passed_over}; another can be given"
    assert told(intake) == [(None, message)]


def test_blank_lines_above_the_header_are_nothing_to_speak_of(tmp_path):
    assert told(opened(tmp_path, f"\n,,\n{NAMES}\n{ROW}\n")) == []


def test_a_header_row_that_is_given_wins_and_nothing_was_guessed(tmp_path):
    intake = opened(tmp_path, f"{NAMES}\n{NAMES}\n{ROW}\n", header_row=2, strict=True)
    assert (rows_of(intake), told(intake)) == ([(3, "Desk 1", False)], [])


def test_strict_refuses_lines_passed_over(tmp_path):
    with pytest.raises(SourceError, match=r"^accounts\.csv: row 2 is read as the header; not imported") as caught:
        opened(tmp_path, f"A title\n{NAMES}\n{ROW}\n", strict=True)
    assert "leave out --strict" in hint_of(caught.value)


def test_a_header_that_names_no_field_is_shown(tmp_path):
    with pytest.raises(SourceError, match="no column and no value") as caught:
        opened(tmp_path, "Firma,Anzeigename,E-Mail,Server,Port\n1,2,3,4,5\n")
    assert caught.value.message.endswith(
        "\naccounts.csv: row 1 was taken as the header and holds 'Firma', 'Anzeigename', 'E-Mail', 'Server', …."
    )


def test_the_row_that_fits_better_than_the_one_given_is_named(tmp_path):
    with pytest.raises(SourceError) as caught:
        opened(tmp_path, f"A title\n{NAMES}\n{ROW}\n", header_row=1)
    assert caught.value.message.splitlines()[1:] == [
        "accounts.csv: row 1 was taken as the header and holds 'A title'.",
        "accounts.csv: row 2 fits better: it holds 'BusinessId', 'DisplayName', 'EmailAddress', 'IncomingServer', ….",
    ]


def test_a_header_that_names_most_fields_is_not_called_in_question(tmp_path):
    with pytest.raises(SourceError) as caught:
        opened(tmp_path, "BusinessId,DisplayName,Place\n1,2,3\n")
    assert "was taken as the header" not in caught.value.message
