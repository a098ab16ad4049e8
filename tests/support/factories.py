"""Valid things for tests to start from: rows of a source, bodies of a call, users of a sandbox."""

from typing import Any

from pipeline.sandbox.accounts import User

ROLES = ("EmailAccount-Create", "EmailAccount-List", "EmailAccount-Read", "EmailAccount-Delete")


def account(number: int, **updater: Any) -> dict[str, Any]:
    """A row of a source: the required fields as text, told apart by their number."""
    return {
        "BusinessId": "1",
        "DisplayName": f"Desk {number}",
        "EmailAddress": f"desk{number}@cowork.example",
        "IncomingServer": "imap.cowork.example",
        "IncomingServerPort": "993",
        "IncomingServerUsername": "in",
        "OutgoingServer": "smtp.cowork.example",
        "OutgoingServerPort": "587",
        "OutgoingServerUsername": "out",
        "LastMessageId": "0",
        "ErrorCount": "0",
    } | updater


def accounts(count: int) -> list[dict[str, Any]]:
    """So many rows."""
    return [account(number) for number in range(1, count + 1)]


def account_body(**updater: Any) -> dict[str, Any]:
    """The body of a creating call: the required fields in their JSON types."""
    return {
        "BusinessId": 1,
        "DisplayName": "Sales",
        "EmailAddress": "sales@example.com",
        "IncomingServer": "imap.example.com",
        "IncomingServerPort": 993,
        "IncomingServerUsername": "sales",
        "OutgoingServer": "smtp.example.com",
        "OutgoingServerPort": 587,
        "OutgoingServerUsername": "sales",
        "LastMessageId": 0,
        "ErrorCount": 0,
    } | updater


def user_without(role: str) -> User:
    """A user with a token who has all roles but one."""
    roles = frozenset(ROLES) - {role}
    return User(username="clerk@example.com", password="x", roles=roles, token="clerk-token")
