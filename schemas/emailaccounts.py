"""`POST /api/crm/emailaccounts`: the endpoint that creates email accounts.

Every field, type, required mark and description is as on the documentation page; what other pages add
(enums, widths, roles of the sibling calls, limits) names its page beside it. Hints and examples are our own words.
May import `schemas.endpoint` only.
"""

from schemas.endpoint import Endpoint, Field, FieldType, RateLimit, Roles, Scope, Shape

_INTEGER, _STRING, _BOOLEAN = FieldType.INTEGER, FieldType.STRING, FieldType.BOOLEAN

_RETIRED_PASSWORD = "older pages list it, the current page does not: the endpoint no longer takes passwords"  # noqa: S105 - a hint, not a password

# Source: developers.nexudus.com, POST /api/crm/emailaccounts, "Request Body".
# Widths: the vendor's command-line tool (BusinessId 64-bit; ports, LastMessageId, ErrorCount 32-bit).
# Enums and `required_by_newer_pages`: learn.nexudus.com/rest-api/crm/post-emailaccounts.
_FIELDS = (
    Field(
        name="BusinessId",
        type=_INTEGER,
        required=True,
        description="Business Id.",
        hint=(
            "The number of the business (location) that the account belongs to, not its name: "
            "whoever administers your Nexudus account has it, and its exports show it."
        ),
        example="1376",
        bits=64,
    ),
    Field(
        name="DisplayName",
        type=_STRING,
        required=True,
        description="Display Name.",
        hint="The name that people see beside the account.",
        example="Front desk",
    ),
    Field(
        name="EmailAddress",
        type=_STRING,
        required=True,
        description="Email Address.",
        hint="The address of the mailbox. With BusinessId it tells accounts apart: each pair stands in one row.",
        example="desk@example.com",
        shape=Shape.EMAIL,
    ),
    Field(
        name="IncomingServer",
        type=_STRING,
        required=True,
        description="Incoming Server.",
        hint="The host that mail is fetched from: your mail provider's help page lists it as the IMAP server.",
        example="imap.example.com",
        shape=Shape.HOST,
    ),
    Field(
        name="IncomingServerPort",
        type=_INTEGER,
        required=True,
        description="Incoming Server Port.",
        hint="The port of that host, from the same page: mostly 993 with SSL, 143 without.",
        example="993",
        bits=32,
        shape=Shape.PORT,
    ),
    Field(
        name="IncomingServerUsername",
        type=_STRING,
        required=True,
        description="Incoming Server Username.",
        hint="The name to sign in to that host with; at most providers the whole e-mail address.",
        example="desk@example.com",
        shape=Shape.USER_NAME,
    ),
    Field(
        name="OutgoingServer",
        type=_STRING,
        required=True,
        description="Outgoing Server.",
        hint="The host that mail is sent through: your mail provider's help page lists it as the SMTP server.",
        example="smtp.example.com",
        shape=Shape.HOST,
    ),
    Field(
        name="OutgoingServerPort",
        type=_INTEGER,
        required=True,
        description="Outgoing Server Port.",
        hint="The port of that host, from the same page: mostly 465 or 587 with SSL, 25 without.",
        example="587",
        bits=32,
        shape=Shape.PORT,
    ),
    Field(
        name="OutgoingServerUsername",
        type=_STRING,
        required=True,
        description="Outgoing Server Username.",
        hint="The name to sign in to that host with; at most providers the whole e-mail address.",
        example="desk@example.com",
        shape=Shape.USER_NAME,
    ),
    Field(
        name="LastMessageId",
        type=_INTEGER,
        required=True,
        description="Last Message Id.",
        hint="The number of the last message that has been fetched: 0 for a new account.",
        example="0",
        bits=32,
    ),
    Field(
        name="ErrorCount",
        type=_INTEGER,
        required=True,
        description="Error Count.",
        hint="How many errors the account has had: 0 for a new account.",
        example="0",
        bits=32,
    ),
    Field(name="Active", type=_BOOLEAN, description="Active.", hint="Whether the account is in use.", example="yes"),
    Field(
        name="SendNotificationOnNewMessages",
        type=_BOOLEAN,
        description="Send Notification On New Messages.",
        hint="Whether somebody is told of new messages, at the NotificationEmailAddress.",
        example="no",
    ),
    Field(
        name="NotificationEmailAddress",
        type=_STRING,
        description="Notification Email Address.",
        hint="Who is told of new messages.",
        example="team@example.com",
        shape=Shape.EMAIL,
    ),
    Field(
        name="IncomingServerType",
        type=_INTEGER,
        description="Incoming Server Type. See eEmailServerType enum above.",
        hint="The kind of incoming server; Imap is the only one that is documented.",
        example="Imap",
        bits=32,
        choices={"Imap": 1},
        required_by_newer_pages=True,
    ),
    Field(
        name="IncomingServerSSL",
        type=_BOOLEAN,
        description="Incoming Server SSL.",
        hint="Whether the connection to the incoming server is encrypted; yes goes with port 993.",
        example="yes",
    ),
    Field(
        name="DeleteMessageSettings",
        type=_INTEGER,
        description="Delete Message Settings. See eMessageDeletionPolicy enum above.",
        hint=(
            "What becomes of a message at your mail provider: it stays (DontDelete), goes once it is fetched "
            "(DeleteOnReceive), or goes when it is deleted in Nexudus (DeleteWhenDeleting)."
        ),
        example="DontDelete",
        bits=32,
        choices={"DontDelete": 1, "DeleteOnReceive": 2, "DeleteWhenDeleting": 3},
        required_by_newer_pages=True,
    ),
    Field(
        name="OutgoingServerSSL",
        type=_BOOLEAN,
        description="Outgoing Server SSL.",
        hint="Whether the connection to the outgoing server is encrypted; yes goes with ports 465 and 587.",
        example="yes",
    ),
    Field(
        name="ReplyToEmail",
        type=_STRING,
        description="Reply To Email.",
        hint="Where answers go, if not to the EmailAddress.",
        example="hello@example.com",
        shape=Shape.EMAIL,
    ),
    Field(
        name="LastCheckTime",
        type=_STRING,
        description="Last Check Time.",
        hint="When mail was fetched last: blank for a new account.",
        example="2026-05-01 08:00",
        shape=Shape.DATE_TIME,
    ),
    Field(
        name="GoogleAccessToken",
        type=_STRING,
        description="Google Access Token.",
        hint="The token of an account that signs in through Google, else blank. Secret: keep the file to yourself.",
        secret=True,
    ),
    Field(
        name="Office365AccessToken",
        type=_STRING,
        description="Office365Access Token.",
        hint="The token of an account that signs in through Microsoft, else blank. Secret: keep the file to yourself.",
        secret=True,
    ),
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
