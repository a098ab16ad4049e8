"""Mapping files: what they say, and every mistake in them with its line."""

import re
from pathlib import Path
from random import Random

import pytest

from pipeline.errors import ConfigurationError
from pipeline.intake.mapping.file import read_mapping_file
from pipeline.model.config import ReadOptions
from pipeline.model.mapping import ColumnChoice, Template
from schemas import endpoints

ENDPOINT = endpoints()["emailaccounts"]
WHOLE = """\
[reading]
delimiter = "semicolon"
encoding = "windows-1252"
header_row = 3
sheet = 2

[columns]
"Société" = "business id"
'Port "in"' = "IncomingServerPort"
Notes = ""

[templates]
DisplayName = "{First name} {Last name}"

[transforms]
LastCheckTime = [{ date = "%d/%m/%Y %H:%M", timezone = "Europe/Paris" }]
EmailAddress = [
    "address",
    "lower",
]

[values.Active]
" Oui " = true
"non" = false

[values.IncomingServerType]
IMAP4 = "Imap"
POP3 = 2

[defaults]
ErrorCount = 0

[constants]
LastMessageId = 0
ReplyToEmail = "desk@example.com"
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    def write_and_read(text):
        path = tmp_path / "m.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.chdir(tmp_path)
        return read_mapping_file(path.relative_to(tmp_path), ENDPOINT)

    return write_and_read


@pytest.fixture
def told(read):
    def mistakes(text):
        with pytest.raises(ConfigurationError) as caught:
            read(text)
        return caught.value.message.split("\n")

    return mistakes


def test_all_that_a_file_can_say(read):
    found = read(WHOLE)
    assert found.reading == ReadOptions(sheets=("2",), header_row=3, delimiter=";", encoding="windows-1252")
    mapping = found.mapping
    assert mapping.columns == (
        ColumnChoice(header="Société", field="BusinessId", place="m.toml, line 8"),
        ColumnChoice(header='Port "in"', field="IncomingServerPort", place="m.toml, line 9"),
        ColumnChoice(header="Notes", field="", place="m.toml, line 10"),
    )
    assert mapping.templates == {"DisplayName": Template(text="{First name} {Last name}", place="m.toml, line 13")}
    assert mapping.transforms == {
        "LastCheckTime": ({"name": "date", "format": "%d/%m/%Y %H:%M", "timezone": "Europe/Paris"},),
        "EmailAddress": ({"name": "address"}, {"name": "lower"}),
    }
    assert mapping.values == {
        "Active": {"oui": "true", "non": "false"},
        "IncomingServerType": {"imap4": "Imap", "pop3": "2"},
    }
    assert mapping.defaults == {"ErrorCount": "0"}
    assert mapping.constants == {"LastMessageId": "0", "ReplyToEmail": "desk@example.com"}


def test_a_file_as_windows_programs_save_it(read):
    assert read(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode()).mapping == read(WHOLE).mapping


@pytest.mark.parametrize(
    ("text", "line", "mistake"),
    [
        ("[columns]\nA = \n", 2, "Invalid value (column 5)"),
        ("[columns]\nA = 'Active'\nA = 'Active'\n", 3, "Cannot overwrite a value (column 13)"),
        ("[columns]\n\nA = 'Active", 3, 'Expected "\'" (at the end of the file)'),
        ("[colums]\nA = 'Active'\n", 1, "'colums' is not a table of a mapping file; the nearest is 'columns'"),
        ("\nvalues = 1\n", 2, "values is not a table; write [values] on a line of its own and its keys below"),
        ("[columns]\nA = 'Activ'\n", 2, "'Activ' is not a field; the nearest is 'Active'"),
        ("[columns]\nA = 'xqzw'\n", 2, "'xqzw' is not a field"),
        ("[columns]\nA = true\n", 2, "'A' = True: is not the name of a field; \"\" leaves the column out"),
        ("[columns]\n'A b' = 'Active'\na_b = 'ReplyToEmail'\n", 3, "the column 'a_b' is given twice"),
        (
            "[columns]\nA = 'Active'\nB = 'active'\n",
            3,
            "Active is for 'A' already; [templates] put several columns together",
        ),
        (
            "[columns]\nA = 'Active'\n[constants]\nActive = true\n",
            4,
            "Active is given by [columns] as well; keep one of the two",
        ),
        (
            "[templates]\nDisplayName = '{A}'\n[constants]\nDisplayName = 'x'\n",
            4,
            "DisplayName is given by [templates] as well; keep one of the two",
        ),
        (
            "[constants]\nActive = true\n[defaults]\nActive = true\n",
            4,
            "Active is given by [constants] as well, so it is never blank",
        ),
        ("[constants]\nActive = true\nactive = true\n", 3, "Active is given twice in [constants]"),
        ("[constants]\nActive = 'vrai'\n", 2, "Active: is true or false, not 'vrai'"),
        ("[constants]\nErrorCount = 1.5\n", 2, "ErrorCount: 1.5 is neither text, an integer, a date nor true or false"),
        ("[defaults]\nErrorCount = 'none'\n", 2, "ErrorCount: is an integer, not 'none'"),
        (
            "[values.IncomingServerType]\nIMAP4 = 'Imp'\n",
            2,
            "IncomingServerType: 'Imp' is not one of Imap; the nearest is 'Imap'",
        ),
        ("[values.Activ]\noui = true\n", 1, "'Activ' is not a field; the nearest is 'Active'"),
        ("[values]\nActive = true\n", 2, '[values.Active] is not a table of translations such as "oui" = true'),
        ("[values.Active]\noui = true\nOUI = false\n", 3, "Active: 'OUI' is translated twice"),
        ("[values.Active]\n' ' = true\n", 2, "Active: a blank has no translation; [defaults] fill blanks"),
        (
            "[values.GoogleAccessToken]\nhunter = '2'\n",
            1,
            "GoogleAccessToken is a secret; its values stand in a column of the source",
        ),
        (
            "[constants]\nGoogleAccessToken = 'hunter2'\n",
            2,
            "GoogleAccessToken is a secret; its values stand in a column of the source",
        ),
        (
            "[templates]\nDisplayName = 'x'\n",
            2,
            "DisplayName: holds no column in braces; [constants] give all rows one value",
        ),
        (
            "[templates]\nDisplayName = '{A'\n",
            2,
            "DisplayName: '{A' cannot be read (expected '}' before end of string); {{ and }} stand for single braces",
        ),
        (
            "[templates]\nDisplayName = '{}'\n",
            2,
            "DisplayName: there is no column between the braces of '{}'",
        ),
        ("[transforms]\nActive = 'lower'\n", 2, 'Active: is not a list of transforms such as ["trim", "lower"]'),
        ("[transforms]\nActive = ['lowr']\n", 2, "Active: 'lowr' is not a transform; the nearest is 'lower'"),
        ("[reading]\ndelimeter = ';'\n", 2, "'delimeter' is not an option of reading; the nearest is 'delimiter'"),
        ("[reading]\nheader_row = 0\n", 2, "header_row = 0: is the number of a row, from 1"),
        (
            "[reading]\n\ndelimiter = ';;'\n",
            3,
            'delimiter = \';;\' cannot stand between cells; write it as ";" or "tab"',
        ),
        (
            "[reading]\nencoding = 'utf-99'\n",
            2,
            'encoding = \'utf-99\' is not known; write it as "utf-8" or "windows-1252"',
        ),
        ("[reading]\ndelimiter = 1\n", 2, "delimiter = 1: is not text"),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_the_nearest_name(told, text, line, mistake):
    assert told(text) == [f"m.toml, line {line}: {mistake}."]


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines(told):
    lines = told("[constants]\nActive = 'x'\n[columns]\nA = 'Activ'\n[transforms]\nEmailAdress = []\n")
    assert [line.split(":")[0] for line in lines] == ["m.toml, line 2", "m.toml, line 4", "m.toml, line 6"]


def test_a_secret_is_not_repeated(told):
    assert "hunter2" not in "".join(told("[constants]\nGoogleAccessToken = 'hunter2'\n"))


def test_keys_in_inline_tables_and_texts_that_span_lines_have_the_line_they_begin_on(told):
    text = "columns = { A = 'Activ' }\n[templates]\nDisplayName = '''\nActive = {\nx'''\n"
    assert [line.split(":")[0] for line in told(text)] == ["m.toml, line 1", "m.toml, line 3"]


def test_any_mutation_is_read_or_refused_with_a_line(read):
    random = Random(11)
    refused = 0
    for _ in range(400):
        text = WHOLE
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(text))
            text = text[:place] + random.choice(["", *"[]{}\"'=,\n.# \\%\té1-"]) + text[place + random.randint(0, 4) :]
        try:
            read(text)
        except ConfigurationError as error:
            refused += 1
            assert re.match(r"m\.toml, line [0-9]+: ", error.message)  # noqa: PT017 - most mutations are refused
    assert 100 < refused < 400


def test_a_file_that_cannot_be_read(read):
    with pytest.raises(ConfigurationError, match=r"^x.toml: cannot be read \(No such file"):
        read_mapping_file(Path("x.toml"), ENDPOINT)
    with pytest.raises(ConfigurationError, match=r"^m.toml: is not UTF-8 text\.$"):
        read(b"[columns]\n\xff = 1\n")
