"""What the sandbox demands of a body, and the documented 400 envelope that says so.

An independent reading of the documentation page: it keeps its own list of fields and imports nothing of
`schemas` nor of `pipeline`, so that a field misread there is refused here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Error = dict[str, object]
"""One entry of the envelope's `Errors`: `AttemptedValue`, `Message`, `PropertyName`."""

REQUIRED_MESSAGE = "is a required field"


class Kind(Enum):
    """The JSON type of a field: what completes the sentence "is not …" of a refusal, Python's type, its width.

    Source: post-emailaccounts (integer, string, boolean). The widths are those of the vendor's command-line tool.
    """

    STRING = ("a string", str, None)
    BOOLEAN = ("true or false", bool, None)
    INT32 = ("a 32-bit integer", int, 32)
    INT64 = ("a 64-bit integer", int, 64)

    def __init__(self, described: str, type_: type, bits: int | None) -> None:
        self.described = described
        self._type = type_
        self._bound = None if bits is None else 1 << (bits - 1)

    def accepts(self, value: object) -> bool:
        """Whether a decoded JSON value has this type and fits its width."""
        # The very type: Python's bool is an int, and JSON's true is not a number.
        if type(value) is not self._type:
            return False
        return self._bound is None or (isinstance(value, int) and -self._bound <= value < self._bound)


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A property of the request body: its documented name, JSON type and required mark."""

    name: str
    kind: Kind
    required: bool = False


# Source: post-emailaccounts, "Required Fields" and "Optional Fields", in the page's order.
FIELDS = (
    Field(name="BusinessId", kind=Kind.INT64, required=True),
    Field(name="DisplayName", kind=Kind.STRING, required=True),
    Field(name="EmailAddress", kind=Kind.STRING, required=True),
    Field(name="IncomingServer", kind=Kind.STRING, required=True),
    Field(name="IncomingServerPort", kind=Kind.INT32, required=True),
    Field(name="IncomingServerUsername", kind=Kind.STRING, required=True),
    Field(name="OutgoingServer", kind=Kind.STRING, required=True),
    Field(name="OutgoingServerPort", kind=Kind.INT32, required=True),
    Field(name="OutgoingServerUsername", kind=Kind.STRING, required=True),
    Field(name="LastMessageId", kind=Kind.INT32, required=True),
    Field(name="ErrorCount", kind=Kind.INT32, required=True),
    Field(name="Active", kind=Kind.BOOLEAN),
    Field(name="SendNotificationOnNewMessages", kind=Kind.BOOLEAN),
    Field(name="NotificationEmailAddress", kind=Kind.STRING),
    Field(name="IncomingServerType", kind=Kind.INT32),
    Field(name="IncomingServerSSL", kind=Kind.BOOLEAN),
    Field(name="DeleteMessageSettings", kind=Kind.INT32),
    Field(name="OutgoingServerSSL", kind=Kind.BOOLEAN),
    Field(name="ReplyToEmail", kind=Kind.STRING),
    Field(name="LastCheckTime", kind=Kind.STRING),
    Field(name="GoogleAccessToken", kind=Kind.STRING),
    Field(name="Office365AccessToken", kind=Kind.STRING),
)

_ID = Field(name="Id", kind=Kind.INT64, required=True)


def check(body: object) -> list[Error]:
    """Check a decoded request body; an empty list means that it is accepted.

    Unknown properties are ignored, and so is what the page does not document: lengths, port ranges, enum members,
    the shape of an address, uniqueness.

    Source: post-emailaccounts: the fields, and "is a required field", the only text that it documents. The texts
    about types are the sandbox's own.
    """
    if not isinstance(body, dict):
        return [error("EmailAccount", "is not a JSON object", None)]
    return _check_fields(FIELDS, body)


def check_update(body: object) -> list[Error]:
    """Check the body of an update: a whole record that carries its `Id`.

    Source: put-emailaccounts: "You must include the Id of the record to update along with all required fields."
    """
    if not isinstance(body, dict):
        return check(body)
    return _check_fields((_ID, *FIELDS), body)


def error(name: str, message: str, attempted: object) -> Error:
    """One entry of the envelope's `Errors`, for the property `name`.

    Source: post-emailaccounts, the 400 answer; `AttemptedValue` is what was sent, or null.
    """
    return {"AttemptedValue": attempted, "Message": message, "PropertyName": name}


def envelope(errors: Sequence[Error]) -> dict[str, object]:
    """The body of a 400 answer; several errors join in `Message` with "; ".

    Source: post-emailaccounts, the 400 answer ("PropertyName: error message"). How several join is not documented.
    """
    return {
        "Message": "; ".join(f"{entry['PropertyName']}: {entry['Message']}" for entry in errors),
        "Value": None,
        "Errors": list(errors),
        "WasSuccessful": False,
    }


def _check_fields(fields: Sequence[Field], body: Mapping[str, object]) -> list[Error]:
    errors = []
    for field in fields:
        value = body.get(field.name)
        message = _message(field, value)
        if message is not None:
            errors.append(error(field.name, message, value))
    return errors


def _message(field: Field, value: object) -> str | None:
    """What is wrong with the field's value, or None."""
    if value is None:
        return REQUIRED_MESSAGE if field.required else None
    if not field.kind.accepts(value):
        return f"is not {field.kind.described}"
    if field.required and isinstance(value, str) and not value.strip():
        return REQUIRED_MESSAGE
    return None
