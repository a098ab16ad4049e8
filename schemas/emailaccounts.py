"""`POST /api/crm/emailaccounts`: the endpoint that creates email accounts.

Every field, type, required mark and description is as on the documentation page; what other pages add
(enums, widths, roles of the sibling calls, limits) names its page beside it.
May import `schemas.endpoint` only.
"""

from schemas.endpoint import Endpoint, Field, FieldType, RateLimit, Roles, Scope, Shape

_INTEGER, _STRING, _BOOLEAN = FieldType.INTEGER, FieldType.STRING, FieldType.BOOLEAN

_RETIRED_PASSWORD = "older pages list it, the current page does not: the endpoint no longer takes passwords"  # noqa: S105 - a hint, not a password

# Source: developers.nexudus.com, POST /api/crm/emailaccounts, "Request Body".
# Widths: the vendor's command-line tool (BusinessId 64-bit; ports, LastMessageId, ErrorCount 32-bit).
# Enums and `required_by_newer_pages`: learn.nexudus.com/rest-api/crm/post-emailaccounts.
_FIELDS = (
    Field(name="BusinessId", type=_INTEGER, required=True, description="Business Id.", bits=64),
    Field(name="DisplayName", type=_STRING, required=True, description="Display Name."),
    Field(name="EmailAddress", type=_STRING, required=True, description="Email Address.", shape=Shape.EMAIL),
    Field(name="IncomingServer", type=_STRING, required=True, description="Incoming Server.", shape=Shape.HOST),
    Field(
        name="IncomingServerPort",
        type=_INTEGER,
        required=True,
        description="Incoming Server Port.",
        bits=32,
        shape=Shape.PORT,
    ),
    Field(name="IncomingServerUsername", type=_STRING, required=True, description="Incoming Server Username."),
    Field(name="OutgoingServer", type=_STRING, required=True, description="Outgoing Server.", shape=Shape.HOST),
    Field(
        name="OutgoingServerPort",
        type=_INTEGER,
        required=True,
        description="Outgoing Server Port.",
        bits=32,
        shape=Shape.PORT,
    ),
    Field(name="OutgoingServerUsername", type=_STRING, required=True, description="Outgoing Server Username."),
    Field(name="LastMessageId", type=_INTEGER, required=True, description="Last Message Id.", bits=32),
    Field(name="ErrorCount", type=_INTEGER, required=True, description="Error Count.", bits=32),
    Field(name="Active", type=_BOOLEAN, description="Active."),
    Field(name="SendNotificationOnNewMessages", type=_BOOLEAN, description="Send Notification On New Messages."),
    Field(name="NotificationEmailAddress", type=_STRING, description="Notification Email Address.", shape=Shape.EMAIL),
    Field(
        name="IncomingServerType",
        type=_INTEGER,
        description="Incoming Server Type. See eEmailServerType enum above.",
        bits=32,
        choices={"Imap": 1},
        required_by_newer_pages=True,
    ),
    Field(name="IncomingServerSSL", type=_BOOLEAN, description="Incoming Server SSL."),
    Field(
        name="DeleteMessageSettings",
        type=_INTEGER,
        description="Delete Message Settings. See eMessageDeletionPolicy enum above.",
        bits=32,
        choices={"DontDelete": 1, "DeleteOnReceive": 2, "DeleteWhenDeleting": 3},
        required_by_newer_pages=True,
    ),
    Field(name="OutgoingServerSSL", type=_BOOLEAN, description="Outgoing Server SSL."),
    Field(name="ReplyToEmail", type=_STRING, description="Reply To Email.", shape=Shape.EMAIL),
    Field(name="LastCheckTime", type=_STRING, description="Last Check Time.", shape=Shape.DATE_TIME),
    Field(name="GoogleAccessToken", type=_STRING, description="Google Access Token.", secret=True),
    Field(name="Office365AccessToken", type=_STRING, description="Office365Access Token.", secret=True),
)

# Source: developers.nexudus.com/reference/api-limitations (the newer copy).
_LIMITS = (
    RateLimit(calls=60, seconds=60, scope=Scope.MODIFYING),
    RateLimit(calls=5_000, seconds=86_400, scope=Scope.MODIFYING),
    RateLimit(calls=1, seconds=0.1, scope=Scope.ALL),
    RateLimit(calls=120, seconds=60, scope=Scope.ALL),
    RateLimit(calls=5_000, seconds=3_600, scope=Scope.ALL),
    RateLimit(calls=200_000, seconds=86_400, scope=Scope.ALL),
)

ENDPOINT = Endpoint(
    name="emailaccounts",
    path="/api/crm/emailaccounts",
    label="email account",
    documentation="developers.nexudus.com: POST /api/crm/emailaccounts",
    fields=_FIELDS,
    key=("BusinessId", "EmailAddress"),
    partition="BusinessId",
    filters={"BusinessId": "EmailAccount_Business", "EmailAddress": "EmailAccount_EmailAddress"},
    created_since_filter="from_EmailAccount_CreatedOn",
    roles=Roles(
        create="EmailAccount-Create",
        list="EmailAccount-List",
        read="EmailAccount-Read",
        edit="EmailAccount-Edit",
        delete="EmailAccount-Delete",
    ),
    limits=_LIMITS,
    retired={"IncomingServerPassword": _RETIRED_PASSWORD, "OutgoingServerPassword": _RETIRED_PASSWORD},
)
