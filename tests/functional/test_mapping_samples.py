"""The mapping files that come with the program, each with a made-up export: every row arrives as it is meant."""

import re

import pytest

from tests.support.command_line import ROOT, report_in, run_into, summary

FOLDER = ROOT / "sample_data" / "mappings"
MAPPINGS = sorted(path.name.removesuffix(".mapping.toml") for path in FOLDER.glob("*.mapping.toml"))
ARRIVED = {
    "hosting_mailboxes": (
        "archive@riverside.example",
        {
            "BusinessId": 1001,
            "DisplayName": "archive at riverside.example",
            "IncomingServer": "mail.riverside.example",
            "IncomingServerUsername": "archive@riverside.example",
            "OutgoingServerPort": 465,
            "Active": False,
        },
    ),
    "mail_client_accounts": (
        "desk@oldmill.example",
        {
            "BusinessId": 1002,
            "DisplayName": "Mill, The",
            "IncomingServerType": 1,
            "IncomingServerSSL": False,
            "DeleteMessageSettings": 3,
        },
    ),
    "directory_mailboxes": (
        "frontdesk@riverside.example",
        {
            "BusinessId": 1001,
            "ReplyToEmail": "reception@riverside.example",
            "LastCheckTime": "2026-10-31T14:05:00Z",
            "Active": True,
        },
    ),
    "helpdesk_mailboxes": (
        "desk@oldmill.example",
        {
            "DisplayName": "Alte Mühle",
            "IncomingServerPort": 2143,
            "OutgoingServerPort": 2525,
            "OutgoingServerUsername": "desk",
            "ErrorCount": 1204,
            "DeleteMessageSettings": 1,
        },
    ),
}


def test_each_mapping_has_its_export_and_what_is_to_arrive_and_a_line_in_the_docs():
    page = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \[`(\w+)`\]\(\.\./sample_data/mappings/\w+\.mapping\.toml\) \|", page, re.MULTILINE)
    assert set(MAPPINGS) == set(ARRIVED) == set(named)
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}{suffix}" for name in MAPPINGS for suffix in (".csv", ".mapping.toml")
    }


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_row_is_created_as_it_is_meant_without_a_warning(name, target):
    source = FOLDER / f"{name}.csv"
    result = run_into(target, source, "--mapping", FOLDER / f"{name}.mapping.toml", "--strict")
    rows = len(source.read_bytes().splitlines()) - 1
    assert (result.exit_code, report_in()["Summary"]) == (0, summary(RowsRead=rows, Created=rows))
    address, expected = ARRIVED[name]
    (record,) = [one for one in target.store.records() if one["EmailAddress"] == address]
    assert {field: record[field] for field in expected} == expected
