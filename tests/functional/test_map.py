"""`map`: from an export of another system to accounts in two commands."""

import datetime as dt
import json
import re
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.support.command_line import ROOT, call, on_terminal, report_in, run_into, summary
from tests.support.workbooks import xlsx

HEADERS = (
    "Société;Nom affiché;Adresse e-mail;Serveur entrant;Port entrant;Utilisateur entrant;Serveur sortant;Port sortant;"
    "Utilisateur sortant;Dernier message;Nombre d'erreurs;Actif;Notifications;Adresse de notification;Type de serveur;"
    "SSL entrant;Suppression des messages;SSL sortant;Répondre à;Dernière vérification"
)


def foreign_row(n):
    """A row of another system's export."""
    address = f"Bureau été {n} <bureau{n}@exemple.example>" if n % 3 else f"mailto:bureau{n}@exemple.example"
    cells = (
        f"{1000 + n % 7}", f"Bureau été {n}", address,
        "imap.exemple.example", ("993", "993,0", "143", "1\u00a0993")[n % 4], f"bureau{n}",
        "smtp.exemple.example", ("587", "2.525", "465")[n % 3], f"bureau{n}", f"{n}", "0",
        ("oui", "non")[n % 2], ("Non", "OUI")[n % 2], f"alerte{n}@exemple.example",
        "IMAP4", "oui", ("Keep", "Delete")[n % 2], "non", f"reponse{n}@exemple.example",
        f"{n % 28 + 1:02d}/10/2026 {n % 24:02d}:{n % 60:02d}",
    )  # fmt: skip
    return ";".join(cells)


def foreign_export(rows, name="export.csv"):
    Path(name).write_bytes("\r\n".join([HEADERS, *map(foreign_row, range(rows)), ""]).encode("cp1252"))


def small(header, *rows, name="small.csv"):
    Path(name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return name


class TestTwoCommands:
    def test_twelve_thousand_foreign_rows_go_from_nothing_to_all_valid(self):
        foreign_export(12_000)
        mapped = call("map", "export.csv", "--yes")
        assert (mapped.exit_code, "Wrote export.csv.mapping.toml. Next: " in mapped.stderr) == (0, True)
        checked = call("validate", "export.csv", "--mapping", "export.csv.mapping.toml", "--report-dir", "out")
        assert checked.exit_code == 0
        assert report_in()["Summary"] == summary(RowsRead=12_000, Unprocessed=12_000)
        assert report_in()["Warnings"] == []

    def test_the_values_arrive_as_they_were_meant(self, target):
        foreign_export(40)
        assert call("map", "export.csv", "--yes").exit_code == 0
        assert run_into(target, "export.csv", "--mapping", "export.csv.mapping.toml", "--strict").exit_code == 0
        (record,) = [one for one in target.store.records() if one["DisplayName"] == "Bureau été 1"]
        expected = {
            "BusinessId": 1001,
            "EmailAddress": "bureau1@exemple.example",
            "IncomingServerPort": 993,
            "OutgoingServerPort": 2525,
            "LastMessageId": 1,
            "Active": False,
            "SendNotificationOnNewMessages": True,
            "IncomingServerType": 1,
            "IncomingServerSSL": True,
            "OutgoingServerSSL": False,
            "DeleteMessageSettings": 2,
            "LastCheckTime": "2026-10-02T01:01:00Z",
        }
        assert {name: record[name] for name in expected} == expected
        (fourth,) = [one for one in target.store.records() if one["DisplayName"] == "Bureau été 3"]
        assert fourth["IncomingServerPort"] == 1993


class TestProposal:
    def test_json_says_what_was_found(self):
        foreign_export(3)
        found = json.loads(call("map", "export.csv", "--yes", "--json").stdout)
        assert (found["File"], found["Rows"], found["Missing"], found["ExitCode"]) == (
            "export.csv.mapping.toml", 3, [], 0
        )  # fmt: skip
        active = next(one for one in found["Fields"] if one["Field"] == "Active")
        assert active == {
            "Field": "Active",
            "Column": "Actif",
            "Confidence": 0.99,
            "Taken": True,
            "Samples": ["oui", "non"],
            "Translations": [
                {"Value": "oui", "Translation": "true", "Rows": 2},
                {"Value": "non", "Translation": "false", "Rows": 1},
            ],
            "Untranslated": [],
        }

    def test_the_table_shows_confidence_samples_and_translations(self):
        foreign_export(3)
        lines = call("map", "export.csv", "--yes").stdout.splitlines()
        (active,) = [line.split() for line in lines if line.startswith("Active ")]
        assert active == [
            "Active",
            "Actif",
            "99%",
            "oui,",
            "non",
            "oui",
            "=",
            "true",
            "(2),",
            "non",
            "=",
            "false",
            "(1)",
        ]

    def test_required_fields_without_a_column_are_said_with_an_exit_code_of_their_own(self):
        small("E-Mail;Benutzername;Notiz", "a@b.example;a;x")
        result = call("map", "small.csv", "--yes", "-o", "m.toml")
        assert result.exit_code == ExitCode.ROWS_REFUSED
        assert "Still missing, though required: BusinessId, DisplayName, IncomingServer, " in result.stderr
        assert "Not imported: Notiz, Benutzername\n" in result.stderr
        text = Path("m.toml").read_text(encoding="utf-8")
        assert '[columns]\nE-Mail = "EmailAddress"\n# Not imported: Notiz, Benutzername\n' in text
        assert "\n# BusinessId = ?\n" in text

    def test_options_fill_in_what_is_missing(self):
        lines = HEADERS.split(";")
        row = foreign_row(1).split(";")
        dropped = {"Société", "Nombre d'erreurs"}
        keep = [i for i, name in enumerate(lines) if name not in dropped]
        small(";".join(lines[i] for i in keep), ";".join(row[i] for i in keep))
        assert call("map", "small.csv", "--yes", "-o", "m.toml").exit_code == ExitCode.ROWS_REFUSED
        options = ("--set", "BusinessId=7", "--default", "ErrorCount=0", "--map", "Nom affiché=DisplayName", "--force")
        assert call("map", "small.csv", "--yes", "-o", "m.toml", *options).exit_code == 0
        assert call("validate", "small.csv", "--mapping", "m.toml").exit_code == 0

    def test_values_without_a_translation_are_said_with_how_often_they_occur(self):
        small("Actif;E-mail", *[f"{word};a@b.example" for word in ("oui", "oui", "oui", "oui", "bof")])
        result = call("map", "small.csv", "--yes")
        assert "Active: no translation is known for 'bof' (1)\n" in result.stderr
        assert "# bof = ?  # 1 row; not known\n" in Path("small.csv.mapping.toml").read_text(encoding="utf-8")

    def test_dates_that_can_be_read_in_two_ways_are_not_sure(self):
        small("E-mail;Last sync", "a@b.example;01/02/2026")
        result = call("map", "small.csv", "--yes")
        assert "LastCheckTime: its dates can be read in several ways, or in none" in result.stderr
        text = Path("small.csv.mapping.toml").read_text(encoding="utf-8")
        assert ('"Last sync" = "LastCheckTime"' in text, "[transforms]" in text) == (True, False)

    def test_secrets_are_shown_nowhere(self):
        small("E-mail;Google token", "a@b.example;hunter2")
        result = call("map", "small.csv", "--yes")
        assert "(secret)" in result.stdout
        assert "hunter2" not in result.output + Path("small.csv.mapping.toml").read_text(encoding="utf-8")
        assert "hunter2" not in call("map", "small.csv", "--yes", "--json", "--force").output

    def test_a_title_above_a_foreign_header_is_passed_over(self):
        small("Export du 31/10", "", "Adresse e-mail;Serveur entrant;Actif", "a@b.example;imap.b.example;oui")
        found = json.loads(call("map", "small.csv", "--yes", "--json").stdout)
        assert [one["Field"] for one in found["Fields"]] == ["EmailAddress", "IncomingServer", "Active"]


class TestSeveralTables:
    def test_a_workbook_goes_from_its_sheet_to_accounts_in_two_commands(self, target):
        cells = [foreign_row(n).split(";") for n in range(3)]
        when = [dt.datetime(2026, 10, 31, 14, n) for n in range(3)]  # noqa: DTZ001 - a cell has no zone
        rows = [[int(row[0]), *row[1:4], 993, *row[5:-1], date] for row, date in zip(cells, when, strict=True)]
        xlsx(Path("export.xlsx"), {"Titre": [["Export du 31/10"]], "Comptes": [["Comptes"], HEADERS.split(";"), *rows]})
        mapped = call("map", "export.xlsx", "--yes")
        assert mapped.exit_code == 0
        assert 'sheet = "Comptes"' in Path("export.xlsx.mapping.toml").read_text(encoding="utf-8")
        assert run_into(target, "export.xlsx", "--mapping", "export.xlsx.mapping.toml").exit_code == 0
        found = sorted(target.store.records(), key=lambda record: record["DisplayName"])
        assert [
            (one["BusinessId"], one["EmailAddress"], one["IncomingServerPort"], one["Active"]) for one in found
        ] == [
            (1000, "bureau0@exemple.example", 993, True),
            (1001, "bureau1@exemple.example", 993, False),
            (1002, "bureau2@exemple.example", 993, True),
        ]
        assert [one["LastCheckTime"] for one in found] == [f"2026-10-31T14:0{n}:00Z" for n in range(3)]

    def test_of_several_sheets_or_files_one_is_to_be_named(self):
        foreign_export(3)
        with zipfile.ZipFile("exports.zip", "w") as archive:
            archive.write("export.csv", "berlin.csv")
            archive.write("export.csv", "paris.csv")
        refused = call("map", "exports.zip", "--yes")
        assert refused.exit_code == ExitCode.USAGE
        assert "a mapping is for one table, and these are 2: berlin.csv, paris.csv" in refused.stderr
        assert call("map", "exports.zip", "--sheet", "paris.csv", "--yes").exit_code == 0
        assert 'sheet = "paris.csv"' in Path("exports.zip.mapping.toml").read_text(encoding="utf-8")


class TestFile:
    def test_a_file_that_is_there_is_not_written_over(self):
        foreign_export(2)
        path = Path("export.csv.mapping.toml")
        path.write_text("# mine\n")
        result = call("map", "export.csv", "--yes")
        assert (result.exit_code, path.read_text()) == (ExitCode.USAGE, "# mine\n")
        assert "--force writes it anew" in result.stderr
        assert call("map", "export.csv", "--yes", "--force").exit_code == 0
        assert path.read_text(encoding="utf-8").startswith("# How the columns of export.csv become fields")

    def test_standard_input_needs_a_name_for_the_file(self):
        assert call("map", "-", "--yes", given=b"x\n1\n").exit_code == ExitCode.USAGE
        foreign_export(2)
        given = Path("export.csv").read_bytes()
        assert call("map", "-", "--yes", "-o", "m.toml", given=given).exit_code == 0
        assert [path for path in Path.home().rglob("kept/*") if path.is_file()] == []

    @pytest.mark.parametrize("content", ["E-mail;Actif\n", ""])
    def test_a_source_without_rows_is_refused(self, content):
        Path("a.csv").write_text(content)
        assert call("map", "a.csv", "--yes").exit_code == ExitCode.SOURCE
        assert not Path("a.csv.mapping.toml").exists()

    def test_a_folder_of_several_files_is_refused(self):
        Path("in").mkdir()
        for name in "ab":
            (Path("in") / f"{name}.csv").write_text("E-mail\na@b.example\n")
        assert call("map", "in", "--yes").exit_code == ExitCode.USAGE


class TestTerminal:
    def test_doubtful_columns_are_asked_about(self):
        small("E-Mail;Benutzername;Actif", "a@b.example;anna;oui")
        question = "IncomingServerUsername: column 'Benutzername' (anna), 60% sure: take it?"
        code, shown = on_terminal("map", "small.csv", answers={question: "y", "OutgoingServerUsername: column": "y"})
        assert (code, question in shown) == (int(ExitCode.ROWS_REFUSED), True)
        text = Path("small.csv.mapping.toml").read_text(encoding="utf-8")
        assert 'Benutzername = "IncomingServerUsername"' in text
        assert '[templates]\nOutgoingServerUsername = "{Benutzername}"\n' in text

    def test_no_is_an_answer(self):
        small("E-Mail;Benutzername", "a@b.example;anna")
        on_terminal("map", "small.csv", answers={"IncomingServerUsername: ": "n", "OutgoingServerUsername: ": "n"})
        text = Path("small.csv.mapping.toml").read_text(encoding="utf-8")
        assert "# Not imported: Benutzername" in text


def test_the_two_commands_of_the_readme_work():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = [text for text in re.findall(r"```text\n(.*?)```", readme, re.DOTALL) if " map " in text]
    foreign_export(40)
    codes = [call(*line.split()[1:]).exit_code for line in block.splitlines()]
    assert codes == [0, 0]


def test_headers_in_german_go_from_refused_to_valid():
    source = ROOT / "tests" / "files" / "cases" / "german_headers.csv"
    assert call("validate", source).exit_code == ExitCode.SOURCE
    assert call("map", source, "--yes", "-o", "m.toml").exit_code == 0
    assert call("validate", source, "--mapping", "m.toml", "--strict", "--report-dir", "out").exit_code == 0
    assert report_in()["Summary"]["Invalid"] == 0
