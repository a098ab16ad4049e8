"""Sources that cannot be read or imported: one clear message, the documented exit code, no traceback."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import ACCOUNTS, SAMPLES, account, accounts, call, write_csv
from tests.support.refusals import refused, refused_option

REQUIRED = (
    "BusinessId, DisplayName, EmailAddress, IncomingServer, IncomingServerPort, IncomingServerUsername, "
    "OutgoingServer, OutgoingServerPort, OutgoingServerUsername, LastMessageId, ErrorCount"
)


CLOSED = [(0, "ro"), (0, "ro/a.csv"), (0, "ro/*.csv"), (0o400, "ro"), (0o400, "ro/*.csv"), (0o100, "ro/*.csv")]


@contextmanager
def closed_folder(mode):
    """The folder `ro` with a file in it, of which its owner may do no more than the mode says."""
    Path("ro").mkdir()
    write_csv("ro/a.csv", accounts(1))
    Path("ro").chmod(mode)
    try:
        yield
    finally:
        Path("ro").chmod(0o700)


@pytest.mark.parametrize(
    "command",
    [["validate"], ["run", "--sandbox"], ["map", "--yes"], ["check"], ["nightly"], ["run", "--done-dir", "done"]],
)
class TestClosedFolders:
    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="no folder is closed to this user")
    @pytest.mark.parametrize(("mode", "named"), CLOSED)
    def test_a_folder_that_may_not_be_entered(self, command, mode, named):
        with closed_folder(mode):
            message = f"{named}: cannot be read (Permission denied)."
            refused(call(*command, named), ExitCode.SOURCE, message, advice="Check its permissions.")


@pytest.mark.parametrize("command", [["validate"], ["run", "--sandbox"], ["map", "--yes"], ["check"], ["nightly"]])
@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name(command, name):
    write_csv("a.csv", accounts(1))  # which is in the folder that an empty name would stand for
    advice = "Name a file, a folder or a pattern; in a script, check that the variable has a value."
    refused(call(*command, name), ExitCode.USAGE, "The name of a source is empty.", advice=advice)


@pytest.mark.parametrize("command", [["validate"], ["run", "--sandbox"]])
class TestSources:
    def test_a_missing_file(self, command):
        advice = "Check the spelling and the folder you are in."
        refused(call(*command, "no.csv"), ExitCode.SOURCE, "no.csv: there is no such file.", advice=advice)

    def test_a_folder(self, command):
        Path("folder").mkdir()
        message = "folder: is a folder without a file that can be read."
        advice = "Name the files themselves, or another folder."
        refused(call(*command, "folder"), ExitCode.SOURCE, message, advice=advice)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is unreadable to this user")
    def test_an_unreadable_file(self, command):
        write_csv("a.csv", accounts(1)).chmod(0)
        message = "a.csv: cannot be read (Permission denied)."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, message, advice="Check its permissions.")

    def test_an_empty_file(self, command):
        Path("a.csv").touch()
        advice = "Export it again, with a header row and rows."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, "a.csv: the file is empty.", advice=advice)

    def test_empty_standard_input(self, command):
        advice = "Export it again, with a header row and rows."
        refused(call(*command, "-", given=b""), ExitCode.SOURCE, "-: the file is empty.", advice=advice)

    def test_blank_lines_only(self, command):
        Path("a.csv").write_text("\n \n\n")
        advice = "The first row must name the columns; --header-row N tells where they stand."
        message = "a.csv: no header was found in the file."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, message, advice=advice)

    def test_a_header_only(self, command):
        Path("a.csv").write_text(ACCOUNTS.read_text().splitlines()[0])
        message = "a.csv: there is a header, but no row below it."
        advice = "Add rows below the header, or check --sheet and --header-row."
        refused(call(*command, "a.csv"), ExitCode.SOURCE, message, advice=advice)

    @pytest.mark.parametrize("sheet", ["Nope", "9"])
    def test_an_unknown_sheet(self, command, sheet):
        source = SAMPLES / "accounts.xlsx"
        message, advice = f"{source}: has no sheet {sheet!r}.", "It has: 1 'Accounts', 2 'Notes'."
        refused(call(*command, source, "--sheet", sheet), ExitCode.USAGE, message, advice=advice)

    def test_a_sheet_of_a_text_file(self, command):
        message = f"{ACCOUNTS}: is a text file and has no sheets."
        refused(call(*command, ACCOUNTS, "--sheet", "1"), ExitCode.USAGE, message, advice="Leave --sheet out.")

    def test_a_header_row_below_the_file(self, command):
        message = f"{ACCOUNTS}: no header was found in row 99."
        advice = "The first row must name the columns; --header-row N tells where they stand."
        refused(call(*command, ACCOUNTS, "--header-row", "99"), ExitCode.SOURCE, message, advice=advice)

    def test_an_unknown_encoding(self, command):
        message = "There is no encoding klingon."
        advice = "Leave --encoding out to have it found, or name one such as utf-8, utf-16 or windows-1252."
        refused(call(*command, ACCOUNTS, "--encoding", "klingon"), ExitCode.USAGE, message, advice=advice)

    def test_an_encoding_that_does_not_fit(self, command):
        Path("a.csv").write_bytes(b"caf\xe9,b\n1,2\n")
        message = "a.csv: is not utf-8 text: byte 4 cannot be read."
        advice = "Say which it is with --encoding, or save the file as CSV UTF-8."
        refused(call(*command, "a.csv", "--encoding", "utf-8"), ExitCode.SOURCE, message, advice=advice)

    def test_a_delimiter_of_two_characters(self, command):
        message = "The delimiter ';;' cannot stand between cells."
        advice = "Give --delimiter one ASCII character other than a quotation mark, or the word tab."
        refused(call(*command, ACCOUNTS, "--delimiter", ";;"), ExitCode.USAGE, message, advice=advice)

    def test_a_broken_workbook(self, command):
        Path("a.xlsx").write_bytes((SAMPLES / "accounts.xlsx").read_bytes()[:2000])
        result = call(*command, "a.xlsx")
        assert result.stderr.startswith("a.xlsx: is not a workbook that can be read (")
        assert result.stderr.endswith("\nOpen it in a spreadsheet program and save it again, as .xlsx or CSV.\n")
        assert result.exit_code == ExitCode.SOURCE

    def test_the_same_file_twice(self, command):
        Path("here").mkdir()
        write_csv("here/a.csv", accounts(1))
        message = "here/../here/a.csv is the same file as here/a.csv."
        result = call(*command, "here/a.csv", "here/../here/a.csv")
        refused(result, ExitCode.USAGE, message, advice="Name it once.")

    def test_missing_and_doubled_columns_of_all_sources_are_named_at_once(self, command):
        Path("a.csv").write_text("a,b\n1,2\n")
        write_csv("b.csv", [account(1)])
        Path("c.csv").write_text("BusinessId,business_id,DisplayName\n1,2,3\n")
        missing = REQUIRED.removeprefix("BusinessId, DisplayName, ")
        result = call(*command, "a.csv", "b.csv", "c.csv")
        refused(
            result,
            ExitCode.SOURCE,
            f"a.csv: no column and no value for the required {REQUIRED}.\n"
            "a.csv: row 1 was taken as the header and holds 'a', 'b'.\n"
            "c.csv: BusinessId has 2 columns ('BusinessId' in column 1, 'business_id' in column 2).\n"
            f"c.csv: no column and no value for the required {missing}.",
            advice='Rename the columns, or name them with --map "HEADER=FIELD"; or give the fields a value with '
            "--set FIELD=VALUE or --default FIELD=VALUE. `nexudus-import map` proposes a mapping for columns of "
            "another system.",
        )

    @pytest.mark.parametrize("option", ["--set", "--default"])
    def test_an_unknown_field(self, command, option):
        result = call(*command, ACCOUNTS, option, "EmailAdress=x")
        assert result.stderr.startswith(f"{option} EmailAdress")
        assert result.stderr.endswith("EmailAdress is not a field.\nDid you mean EmailAddress?\n")
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")

    @pytest.mark.parametrize("word", ["none", "null", "-"])
    def test_a_word_for_no_field_is_told_how_a_column_is_left_out(self, command, word):
        result = call(*command, ACCOUNTS, "--map", f"Notes={word}")
        message = f"--map Notes={word}: {word} is not a field."
        left_out = '--map "Notes=", with nothing behind the sign, leaves the column out.'
        refused(result, ExitCode.USAGE, message, advice=f"`nexudus-import fields` lists them; {left_out}")
        assert '"HEADER=" with nothing behind it' in " ".join(call(*command, "--help").stdout.split())

    @pytest.mark.parametrize("option", ["--set", "--default"])
    def test_a_secret_is_refused_and_not_repeated(self, command, option):
        message = f"{option} GoogleAccessToken: is a secret."
        advice = "Put it into a column of the source: an option stays in the shell's history."
        result = call(*command, ACCOUNTS, option, "google access token=ya29.s3cr3t")
        refused(result, ExitCode.USAGE, message, advice=advice)

    def test_a_field_that_is_set_twice(self, command):
        message = "--set ErrorCount: is given twice."
        result = call(*command, ACCOUNTS, "--set", "ErrorCount=1", "--set", "error_count=2")
        refused(result, ExitCode.USAGE, message, advice="Give it once.")

    def test_a_report_folder_that_is_a_file(self, command):
        Path("out").touch()
        refused_option(call(*command, ACCOUNTS, "--report-dir", "out"), "--report-dir", "Directory 'out' is a file.")

    def test_a_report_folder_below_a_file_is_found_before_anything_is_sent(self, command):
        Path("out").touch()
        message = f"The reports cannot be written to {Path.cwd()}/out/deep/er: {Path.cwd()}/out is no folder."
        result = call(*command, ACCOUNTS, "--report-dir", "out/deep/er")
        refused(result, ExitCode.USAGE, message, advice="Give another --report-dir.")

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is write-protected for this user")
    def test_a_report_folder_that_may_not_be_written(self, command):
        Path("out").mkdir(mode=0o500)
        message = f"The reports cannot be written to {Path.cwd()}/out: {Path.cwd()}/out may not be written."
        result = call(*command, ACCOUNTS, "--report-dir", "out")
        refused(result, ExitCode.USAGE, message, advice="Give another --report-dir.")

    @pytest.mark.parametrize("name", ["rejected.csv", "rejected-2.csv", "errors.csv", "in_doubt.csv", "Created.csv"])
    @pytest.mark.parametrize("folder", ["out", "link"])
    def test_reports_do_not_overwrite_what_is_read(self, command, name, folder):
        Path("out").mkdir()
        Path("link").symlink_to("out")
        source = write_csv(f"out/{name}", [account(1, BusinessId="x")])
        before = source.read_bytes()
        message = f"{Path.cwd()}/{folder}: the reports would overwrite the source out/{name}."
        result = call(*command, ACCOUNTS, f"out/{name}", "--report-dir", folder)
        refused(result, ExitCode.USAGE, message, advice="Give another --report-dir.")
        assert source.read_bytes() == before
        assert [path.name for path in Path("out").iterdir()] == [name]

    @pytest.mark.parametrize("name", ["rejected-by-hand.csv", "accounts.csv"])
    def test_a_source_of_another_name_may_lie_beside_the_reports(self, command, name):
        Path("out").mkdir()
        source = write_csv(f"out/{name}", [account(1)])
        before = source.read_bytes()
        assert call(*command, f"out/{name}", "--report-dir", "out").exit_code == 0
        assert source.read_bytes() == before
