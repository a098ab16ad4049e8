"""What an endpoint is: its fields, key, roles and limits.

Plain facts in small frozen types, so that `--help` and `fields` need neither pandas nor pandera.
May import the standard library only; must not know how rows are read, sent or reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

TRUE_WORDS = ("true", "yes", "y", "1", "on")
FALSE_WORDS = ("false", "no", "n", "0", "off")
"""How booleans are written, in any case."""


class FieldType(StrEnum):
    """A field's type, in the words of the documentation page."""

    INTEGER = "integer"
    STRING = "string"
    BOOLEAN = "boolean"


class Shape(StrEnum):
    """What a field's text or number stands for, where the page's type alone does not say."""

    EMAIL = "email"
    HOST = "host"
    PORT = "port"
    USER_NAME = "user-name"
    DATE_TIME = "date-time"


class Scope(StrEnum):
    """The calls that a rate limit counts."""

    MODIFYING = "modifying"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A property of the endpoint's body.

    Attributes:
        name: The documented name.
        type: The documented type.
        required: Whether the page marks it as required.
        description: The page's text, word for word.
        hint: What to put in, in words for a person: what it is, and where it is found.
        example: A value as a person would type it; blank where none can be shown.
        bits: Width of an integer, sign included.
        shape: A meaning that validation can check; a mismatch is a warning.
        choices: Documented names of an enum with their numbers; empty where it is none.
        required_by_newer_pages: Newer pages ask for it, this page does not: a blank is a warning.
        secret: Its value must appear in no log, ledger or report.
    """

    name: str
    type: FieldType
    required: bool = False
    description: str
    hint: str = ""
    example: str = ""
    bits: int = 64
    shape: Shape | None = None
    choices: Mapping[str, int] = field(default_factory=dict)
    required_by_newer_pages: bool = False
    secret: bool = False

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest integer that fits into the field's width."""
        half = 2 ** (self.bits - 1)
        return -half, half - 1


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """At most so many calls in any window of so many seconds."""

    calls: int
    seconds: float
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The role that the signed-in user needs for each kind of call."""

    create: str
    list: str
    read: str
    edit: str
    delete: str


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint of the API, as its documentation describes it.

    Attributes:
        name: The last part of its path, used on the command line.
        path: The path below the base URL.
        label: What one record is called in messages.
        documentation: The page that the fields mirror.
        fields: The body's properties, in the page's order.
        key: Names of the fields that identify a record; text is compared without case.
        partition: The field of the key by which the list call is asked for a part of the records at a time.
        filters: Query parameters of the list call that narrow it down to each field of the key.
        created_since_filter: Query parameter of the list call for the earliest `CreatedOn`.
        roles: What the user must be allowed to do.
        limits: The documented rate limits.
        retired: Fields that older pages list and this one does not, each with a hint.
    """

    name: str
    path: str
    label: str
    documentation: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    partition: str
    filters: Mapping[str, str]
    created_since_filter: str
    roles: Roles
    limits: tuple[RateLimit, ...]
    retired: Mapping[str, str] = field(default_factory=dict)

    def field(self, name: str) -> Field:
        """The field of that documented name.

        Raises:
            KeyError: The endpoint has no such field.
        """
        return self.by_name[name]

    @property
    def by_name(self) -> dict[str, Field]:
        """The fields by their documented names."""
        return {f.name: f for f in self.fields}

    @property
    def secrets(self) -> frozenset[str]:
        """Names of the fields whose values must never be written down."""
        return frozenset(f.name for f in self.fields if f.secret)
