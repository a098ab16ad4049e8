"""The ledger's tables, as SQLAlchemy knows them. `migrations/` creates them; a test compares the two.

Moments are UTC seconds since 1970, so that SQLite and PostgreSQL compare them alike.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

TARGETS = Table(
    "targets",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("url", String(2048), nullable=False, unique=True),
    Column("start_at", Float(53)),
    Column("start_code", Integer),
)
"""Every target; when a start of a schedule that takes an inbox last ended for it, and with which exit code."""

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("target_id", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("config", Text, nullable=False),
    Column("report_dir", Text, nullable=False),
    Column("started_at", Float(53), nullable=False),
    Column("finished_at", Float(53)),
    Column("reported_at", Float(53)),
    Column("standing", Text),
    Column("stopped_because", Text),
    Column("host", String(255)),
    Column("process", Integer),
)
"""Every run; `host` and `process` are the machine and the process that work on it, or did last.

`standing` is how a run at work stood when it was last heard of, `stopped_because` why it came to an early end.
"""

SOURCES = Table(
    "sources",
    METADATA,
    Column("run_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("part", Text),
    Column("sha256", String(64), nullable=False),
    Column("header_row", Integer, nullable=False),
    Column("notices", Text, nullable=False),
)

ROWS = Table(
    "rows",
    METADATA,
    Column("run_id", Integer, primary_key=True),
    Column("source", Integer, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("key_values", Text),
    Column("key", Text),
    Column("remote_id", BigInteger),
    Column("response", Text),
    Column("codes", Text),
    Column("reason", Text),
    Column("warnings", Text),
    Column("intent_at", Float(53)),
    Column("ended_at", Float(53)),
    Column("updated_on", Text),
    Column("candidates", Text),
    Column("changes", Text),
    Column("settled_by", Text),
    Column("undone", String(16)),
    Index("rows_by_key", "run_id", "key"),
    # The key is the order in which reports read a run: without rowids SQLite stores the rows in it.
    sqlite_with_rowid=False,
)
"""Every row that a run has read.

`key_values` is the JSON array of its key's values as the row gives them, `key` the text by which keys are compared.
`codes` are those of the findings in the `response` of a row that is invalid, in their order. Both moments are by the
target's clock, where that is known: `intent_at` is when the row was first sent; `ended_at` is when it ended and, until
then, when it was last sent. `candidates` are the Ids of records that may be a row's in doubt, `changes` what was
changed in a record that existed, or was about to be, `settled_by` the person who settled a doubt. All JSON.
"""

RECORDS = Table(
    "records",
    METADATA,
    Column("target_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("run_id", Integer, nullable=False),
    Column("source", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    Column("remote_id", BigInteger),
    Index("records_by_remote_id", "target_id", "remote_id", unique=True),
    sqlite_with_rowid=False,
)
"""Who may create, or has created, the record of a key at a target: a claim until it has a `remote_id`.

An Id belongs to one row, which the index holds also between processes that give it an owner at the same moment.
"""

LISTED = Table(
    "listed",
    METADATA,
    Column("run_id", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("remote_id", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What a run found at the target by listing, for as long as it runs."""

STRETCHES = Table(
    "stretches",
    METADATA,
    Column("run_id", Integer, primary_key=True),
    Column("what", String(16), primary_key=True),
    Column("began_at", Float(53), primary_key=True),
    Column("ended_at", Float(53), nullable=False),
    Column("waited_s", Float(53), nullable=False),
    Column("times", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Times in which a run waited, or was throttled: waits that follow one another closely are one of them."""

SPENDING = Table(
    "spending",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("target_id", Integer, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("modifying", Boolean, nullable=False),
    Index("spending_by_time", "target_id", "modifying", "at"),
)
"""Calls made under a limit, for as long as the longest window remembers them."""

PAUSES = Table(
    "pauses",
    METADATA,
    Column("target_id", Integer, primary_key=True, autoincrement=False),
    Column("until", Float(53), nullable=False),
)
"""Until when the target asked everybody to wait (`Retry-After`)."""

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("writer", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", Float(53), nullable=False),
)
"""The last transaction of each writer, for whoever is not told whether his own arrived; PostgreSQL only."""
