"""What other pages add to the endpoint: widths, enums, key, roles, limits, retired fields."""

import subprocess
import sys

import pytest

from schemas import endpoints
from schemas.endpoint import FieldType, RateLimit, Roles, Scope, Shape

ENDPOINT = endpoints()["emailaccounts"]


def test_key_is_business_and_address():
    assert ENDPOINT.key == ("BusinessId", "EmailAddress")


def test_widths_are_those_of_the_vendors_tool():
    integers = {f.name: f.bits for f in ENDPOINT.fields if f.type is FieldType.INTEGER}
    assert integers == {
        "BusinessId": 64,
        "IncomingServerPort": 32,
        "OutgoingServerPort": 32,
        "LastMessageId": 32,
        "ErrorCount": 32,
        "IncomingServerType": 32,
        "DeleteMessageSettings": 32,
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BusinessId", (-9223372036854775808, 9223372036854775807)),
        ("ErrorCount", (-2147483648, 2147483647)),
    ],
)
def test_range_follows_from_the_width(name, expected):
    assert ENDPOINT.field(name).range == expected


def test_enums_are_documented_by_name_and_number():
    assert {f.name: dict(f.choices) for f in ENDPOINT.fields if f.choices} == {
        "IncomingServerType": {"Imap": 1},
        "DeleteMessageSettings": {"DontDelete": 1, "DeleteOnReceive": 2, "DeleteWhenDeleting": 3},
    }


def test_newer_pages_require_both_enums():
    newer = [f.name for f in ENDPOINT.fields if f.required_by_newer_pages]
    assert newer == ["IncomingServerType", "DeleteMessageSettings"]


def test_shapes_say_what_a_field_stands_for():
    assert {f.name: f.shape for f in ENDPOINT.fields if f.shape} == {
        "EmailAddress": Shape.EMAIL,
        "IncomingServer": Shape.HOST,
        "IncomingServerPort": Shape.PORT,
        "IncomingServerUsername": Shape.USER_NAME,
        "OutgoingServer": Shape.HOST,
        "OutgoingServerPort": Shape.PORT,
        "OutgoingServerUsername": Shape.USER_NAME,
        "NotificationEmailAddress": Shape.EMAIL,
        "ReplyToEmail": Shape.EMAIL,
        "LastCheckTime": Shape.DATE_TIME,
    }


def test_access_tokens_are_secret():
    assert ENDPOINT.secrets == {"GoogleAccessToken", "Office365AccessToken"}


def test_roles_of_all_calls():
    assert ENDPOINT.roles == Roles(
        create="EmailAccount-Create",
        list="EmailAccount-List",
        read="EmailAccount-Read",
        edit="EmailAccount-Edit",
        delete="EmailAccount-Delete",
    )


def test_limits_are_those_of_the_newer_page():
    assert set(ENDPOINT.limits) == {
        RateLimit(calls=60, seconds=60, scope=Scope.MODIFYING),
        RateLimit(calls=5_000, seconds=86_400, scope=Scope.MODIFYING),
        RateLimit(calls=1, seconds=0.1, scope=Scope.ALL),
        RateLimit(calls=120, seconds=60, scope=Scope.ALL),
        RateLimit(calls=5_000, seconds=3_600, scope=Scope.ALL),
        RateLimit(calls=200_000, seconds=86_400, scope=Scope.ALL),
    }


def test_retired_passwords_have_a_hint():
    assert set(ENDPOINT.retired) == {"IncomingServerPassword", "OutgoingServerPassword"}
    assert all("no longer takes passwords" in hint for hint in ENDPOINT.retired.values())


def test_an_unknown_field_is_refused():
    with pytest.raises(KeyError, match="Nonsense"):
        ENDPOINT.field("Nonsense")


def test_plain_facts_need_neither_pandas_nor_pandera():
    code = """
import sys, schemas, schemas.describe
for endpoint in schemas.endpoints().values():
    schemas.describe.as_json_schema(endpoint)
sys.exit(bool({"pandas", "pandera"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
