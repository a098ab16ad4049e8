"""Foreign headers and values: named and translated on the command line and in a mapping file."""

import json
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import account, call, report_in, run_into, stub, summary, write_csv

FOREIGN = {"BusinessId": "Firma", "DisplayName": "Anzeigename", "EmailAddress": "E-Mail=Adresse"}
MAPS = [part for name, header in FOREIGN.items() for part in ("--map", f"{header}={name}")]


def foreign(number, **more):
    """A row with headers that are no fields."""
    return {FOREIGN.get(name, name): value for name, value in account(number).items()} | more


class TestMap:
    def test_columns_are_named_for_fields(self, target):
        write_csv("a.csv", [foreign(1), foreign(2)])
        result = run_into(target, "a.csv", *MAPS)
        assert (result.exit_code, report_in()["Summary"]) == (0, summary(RowsRead=2, Created=2))
        kept = [(r["BusinessId"], r["DisplayName"], r["EmailAddress"]) for r in target.store.records()]
        assert sorted(kept) == [(1, "Desk 1", "desk1@cowork.example"), (1, "Desk 2", "desk2@cowork.example")]

    def test_a_column_that_is_left_out_on_purpose_is_no_warning(self):
        write_csv("a.csv", [foreign(1, Notes="x", Enabled="y")])
        result = call("validate", "a.csv", *MAPS, "--map", "Notes=", "--strict", "--report-dir", "out")
        assert result.exit_code == ExitCode.SOURCE
        assert result.stderr.startswith("a.csv: Not imported: Enabled.\n")
        result = call("validate", "a.csv", *MAPS, "--map", "Notes=", "--map", "Enabled=Active", "--report-dir", "out")
        assert (result.exit_code, report_in()["Warnings"]) == (0, [])

    def test_a_column_that_is_not_there_is_refused_before_a_row_is_read(self):
        write_csv("a.csv", [foreign(1)])
        result = call("run", "a.csv", "--map", "Frima=BusinessId", *MAPS[2:])
        assert result.exit_code == ExitCode.USAGE
        assert result.stderr.startswith(
            "a.csv: --map Frima=BusinessId: there is no column 'Frima'; the nearest is 'Firma'.\n"
        )
        assert not Path("reports").exists()

    @pytest.mark.parametrize("given", ["Firma", "=Active", ""])
    def test_what_is_no_pair_is_refused(self, given):
        write_csv("a.csv", [account(1)])
        result = call("validate", "a.csv", "--map", given)
        assert (result.exit_code, "is not HEADER=FIELD" in result.stderr) == (ExitCode.USAGE, True)


MAPPING = """\
[columns]
Firma = "BusinessId"
Anzeigename = "DisplayName"
"E-Mail=Adresse" = "EmailAddress"
Zuletzt = "LastCheckTime"
Notes = ""

[values.Active]
oui = true
non = false

[transforms]
EmailAddress = ["address"]
IncomingServerPort = ["decimal_comma"]
LastCheckTime = [{ date = "%d/%m/%Y %H:%M" }]
"""
VALUES = {"E-Mail=Adresse": "Desk <desk1@cowork.example>", "IncomingServerPort": "993,0", "Zuletzt": "31/10/2026 14:05"}


def mapped(number, **more):
    return foreign(number, **{**VALUES, "E-Mail=Adresse": f"mailto:desk{number}@cowork.example", **more})


@pytest.fixture
def mapping():
    path = Path("m.toml")
    path.write_text(MAPPING)
    return path


class TestMappingFile:
    def test_values_arrive_as_they_are_meant(self, target, mapping):
        write_csv("a.csv", [mapped(1, Active="OUI", Notes="x"), mapped(2, Active="non", Notes="")])
        result = run_into(target, "a.csv", "--mapping", mapping, "--strict")
        assert (result.exit_code, report_in()["Summary"]) == (0, summary(RowsRead=2, Created=2))
        names = ("BusinessId", "EmailAddress", "IncomingServerPort", "Active", "LastCheckTime")
        kept = sorted(tuple(record[name] for name in names) for record in target.store.records())
        assert kept == [
            (1, "desk1@cowork.example", 993, True, "2026-10-31T14:05:00Z"),
            (1, "desk2@cowork.example", 993, False, "2026-10-31T14:05:00Z"),
        ]

    def test_findings_show_the_cell_of_the_source_and_say_how_to_translate_it(self, mapping):
        write_csv("a.csv", [mapped(1, Active="vrai"), mapped(2, IncomingServerPort="1,993")])
        result = call("validate", "a.csv", "--mapping", mapping, "--report-dir", "out")
        assert result.exit_code == ExitCode.ROWS_REFUSED
        (first,), (second,) = (row["Response"]["Errors"] for row in report_in()["Errors"])
        assert (first["AttemptedValue"], first["PropertyName"]) == ("vrai", "Active")
        assert first["Message"].endswith("; [values.Active] in a mapping file translates it")
        assert (second["AttemptedValue"], second["Message"]) == ("1,993", "is not an integer")

    def test_rejected_rows_keep_the_sources_columns_and_run_with_the_same_mapping(self, target, mapping):
        write_csv("a.csv", [mapped(1, Active="vrai"), mapped(2, Active="oui")])
        assert run_into(target, "a.csv", "--mapping", mapping).exit_code == ExitCode.ROWS_REFUSED
        text = Path("out/rejected.csv").read_text(encoding="utf-8-sig")
        assert text.startswith("Firma,Anzeigename,E-Mail=Adresse,")
        printed = (
            f"nexudus-import run {Path.cwd()}/out/rejected.csv --base-url {target.base_url} "
            f"--mapping {Path(mapping).absolute()}"
        )
        assert printed in Path("out/report.html").read_text(encoding="utf-8")
        Path("corrected.csv").write_text(text.replace("vrai", "oui"))
        assert run_into(target, "corrected.csv", "--mapping", mapping).exit_code == 0
        assert sorted(r["EmailAddress"] for r in target.store.records()) == [
            "desk1@cowork.example",
            "desk2@cowork.example",
        ]

    def test_resume_needs_no_mapping_file(self, target, mapping):
        write_csv("a.csv", [mapped(n, Active="oui") for n in range(1, 8)])
        with stub(400, {"Message": "no", "Value": None, "Errors": [], "WasSuccessful": False}) as refusing:
            ledger = ("--ledger", "ledger.db", "--stop-after", "1", "--concurrency", "1")
            stopped = run_into(refusing, "a.csv", "--mapping", mapping, *ledger)
            assert stopped.exit_code == ExitCode.STOPPED
            mapping.unlink()
            call("resume", "last", "--ledger", "ledger.db")
            bodies = [json.loads(body) for body in refusing.bodies]
        assert {body["LastCheckTime"] for body in bodies} == {"2026-10-31T14:05:00Z"}
        assert len({body["EmailAddress"] for body in bodies}) > 1

    def test_mistakes_are_refused_before_a_row_is_read(self, mapping):
        write_csv("a.csv", [mapped(1)])
        mapping.write_text(MAPPING.replace("Zuletzt", "Zulezt").replace('"BusinessId"', '"BuisnessId"'))
        result = call("run", "a.csv", "--mapping", mapping)
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
        assert result.stderr.startswith("m.toml, line 2: 'BuisnessId' is not a field; the nearest is 'BusinessId'.\n")
        mapping.write_text(MAPPING.replace("Zuletzt", "Zulezt"))
        result = call("run", "a.csv", "--mapping", mapping)
        assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
        assert result.stderr.startswith(
            "a.csv: m.toml, line 5: there is no column 'Zulezt'; the nearest is 'Zuletzt'.\n"
        )

    def test_options_of_reading_are_for_the_kind_of_source_that_they_fit(self, mapping):
        mapping.write_text(f'[reading]\ndelimiter = ";"\nencoding = "cp1252"\nsheet = "Konten"\n{MAPPING}')
        rows = [mapped(1, Active="oui", Anzeigename="Büro"), mapped(2, Active="x")]
        text = write_csv("a.csv", rows).read_text(encoding="utf-8").replace(",", ";").replace("993;0", "993,0")
        Path("a.csv").write_text(text, encoding="cp1252")
        result = call("validate", "a.csv", "--mapping", mapping, "--report-dir", "out")
        assert (result.exit_code, report_in()["Summary"]["Invalid"]) == (ExitCode.ROWS_REFUSED, 1)
