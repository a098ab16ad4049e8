"""Bodies: exactly the documented JSON types, blanks left out, any text unharmed."""

import csv
import io
import json
import unicodedata

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.delivery.payload import bodies
from pipeline.intake.mapping.columns import plan_columns
from pipeline.intake.readers import open_table
from pipeline.intake.sources import identify
from pipeline.intake.validation.validator import Validator
from pipeline.model.config import ReadOptions
from pipeline.model.mapping import FieldMapping
from schemas import endpoints
from schemas.rules import DTYPES

ENDPOINT = endpoints()["emailaccounts"]
NAMES = [f.name for f in ENDPOINT.fields]
BODY = {
    "BusinessId": 1,
    "DisplayName": "Help",
    "EmailAddress": "help@example.com",
    "IncomingServer": "imap.example.com",
    "IncomingServerPort": 993,
    "IncomingServerUsername": "help",
    "OutgoingServer": "smtp.example.com",
    "OutgoingServerPort": 587,
    "OutgoingServerUsername": "help",
    "LastMessageId": 0,
    "ErrorCount": -1,
    "Active": True,
    "SendNotificationOnNewMessages": False,
    "NotificationEmailAddress": "team@example.com",
    "IncomingServerType": 1,
    "IncomingServerSSL": True,
    "DeleteMessageSettings": 3,
    "OutgoingServerSSL": False,
    "ReplyToEmail": "no-reply@example.com",
    "LastCheckTime": "2026-01-02T03:04:05Z",
    "GoogleAccessToken": "token",
    "Office365AccessToken": "token",
}


def typed(*rows):
    return pd.DataFrame(
        {f.name: pd.array([row.get(f.name) for row in rows], dtype=DTYPES[f.type]) for f in ENDPOINT.fields}
    )


def encoded(*rows, positions=None):
    return bodies(ENDPOINT, typed(*rows), range(len(rows)) if positions is None else positions)


def test_a_full_row_has_every_field_in_its_documented_type_and_order():
    (body,) = encoded(BODY)
    pairs = json.loads(body, object_pairs_hook=list)
    assert pairs == list(BODY.items())
    assert [type(value) for _, value in pairs] == [type(value) for value in BODY.values()]


def test_the_body_is_compact_utf_8():
    (body,) = encoded({"BusinessId": 1, "DisplayName": "Zürich 東京 😀", "Active": False})
    assert body == '{"BusinessId":1,"DisplayName":"Zürich 東京 😀","Active":false}'.encode()


@pytest.mark.parametrize("name", NAMES)
def test_each_blank_is_left_out(name):
    (body,) = encoded({**BODY, name: None})
    assert json.loads(body) == {key: value for key, value in BODY.items() if key != name}


def test_columns_that_the_source_lacks_are_left_out():
    frame = typed(BODY)[["ErrorCount", "BusinessId"]]
    assert bodies(ENDPOINT, frame, [0]) == [b'{"BusinessId":1,"ErrorCount":-1}']


def test_only_the_chosen_rows_are_encoded_and_in_that_order():
    rows = [{"BusinessId": n} for n in range(5)]
    assert encoded(*rows, positions=[3, 1]) == [b'{"BusinessId":3}', b'{"BusinessId":1}']
    assert encoded(*rows, positions=[]) == []


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63)])
def test_integers_are_exact_even_beside_blanks(number):
    assert encoded({"BusinessId": number}, {})[0] == f'{{"BusinessId":{number}}}'.encode()


@pytest.mark.parametrize(
    "text",
    [
        'say "hi"',
        "back\\slash",
        "a/b",
        "line\nline\r\n\ttab",
        "\0\x01\x1f\x7f",
        "\u2028\u2029",
        "</script>",
        "{}",
        "null",
    ],
    ids=repr,
)
def test_text_is_escaped_as_json_asks(text):
    (body,) = encoded({"DisplayName": text})
    assert json.loads(body, strict=True) == {"DisplayName": text}
    assert body == json.dumps({"DisplayName": text}, ensure_ascii=False, separators=(",", ":")).encode()


VALIDATOR = Validator(ENDPOINT, {1: "accounts.csv"})
# Letters that show nothing and choices of an emoji's form have tests of their own.
BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0" + "".join(
    map(chr, range(0xFE00, 0xFE10))
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0" + BLANK_LETTERS), max_size=40)
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}


def seen(text):
    """The text without the blanks and the invisible characters at its ends."""
    shown = [n for n, sign in enumerate(text) if not sign.isspace() and unicodedata.category(sign) not in UNSEEN]
    return text[shown[0] : shown[-1] + 1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@example(texts=[("", "\xad")])
@given(texts=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=30))
def test_any_text_goes_from_the_file_to_the_body_unchanged_but_for_its_ends(tmp_path, texts):
    rows = [{**BODY, "DisplayName": "x" + one, "IncomingServerUsername": other + "x"} for one, other in texts]
    content = io.StringIO(newline="")
    writer = csv.writer(content, quoting=csv.QUOTE_ALL)
    writer.writerow(NAMES)
    writer.writerows([row[name] for name in NAMES] for row in rows)
    path = tmp_path / "accounts.csv"
    path.write_bytes(content.getvalue().encode())
    table = open_table(identify(1, "accounts.csv", path), ReadOptions(encoding="utf-8", delimiter=","))
    plan = plan_columns(table.header, ENDPOINT, FieldMapping())
    found = [
        json.loads(body)
        for batch in table.batches()
        for body in bodies(ENDPOINT, VALIDATOR.check(1, plan, batch).typed, range(len(batch.rows)))
    ]
    assert found == [
        {**row, **{name: seen(row[name]) for name in ("DisplayName", "IncomingServerUsername")}} for row in rows
    ]
