"""Opens the ledger's database and brings its tables up to date.

SQLite in a file by default, PostgreSQL by URL. A commit is durable when it returns: what the ledger says was
intended stays said when the power goes.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import sqlalchemy as sa
import tenacity

from pipeline.errors import Code, ConfigurationError, LedgerUnavailable
from pipeline.ledger.patience import StillHeld, is_gone
from pipeline.ledger.tables import METADATA
from pipeline.model.places import is_url
from pipeline.private_files import make_private_file, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "0003"
"""The newest migration; a test compares it with the scripts."""

_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""

_FOR_NOW = ("starting up", "shutting down", "too many", "recovery")
_BUSY_TIMEOUT_S = 60
_LOOK_AGAIN_S = 0.02
_log = logging.getLogger(__name__)


def is_there(location: str) -> bool:
    """Whether there is a ledger, as far as can be said without making one."""
    url = _url(location)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def open_engine(location: str, *, durable: bool = True) -> sa.Engine:
    """Connects to the ledger, creating it where there is none.

    Args:
        location: A path (SQLite) or a SQLAlchemy URL.
        durable: Whether a commit in a file outlives the power; what is thrown away anyway need not wait for the disk.

    Raises:
        ConfigurationError: It cannot be opened, or a newer version of the program wrote it.
        LedgerUnavailable: Its database does not answer.
    """
    url = _url(location)
    try:
        if url.get_backend_name() == "sqlite" and url.database:
            _make_private(Path(url.database))
        engine = _sqlite(url, durable=durable) if url.get_backend_name() == "sqlite" else _postgresql(url)
        _migrate_or_close(engine)
        if not _has_our_columns(engine):
            engine.dispose()
            where = url.set(query={}).render_as_string()
            message = f"The ledger {where} was made by a version before the first release."
            raise ConfigurationError(Code.LEDGER_TOO_OLD, message, ledger=where)
    except (sa.exc.SQLAlchemyError, OSError, ImportError) as error:
        where = url.set(query={}).render_as_string(hide_password=True)
        reason = _without_secrets(_first_line(error), url)
        message = f"The ledger {where} cannot be opened ({reason})."
        if _does_not_answer(error, url):
            raise LedgerUnavailable(Code.LEDGER_UNREACHABLE, message, ledger=where, reason=reason) from error
        extra = "[postgresql]" if isinstance(error, ImportError | sa.exc.NoSuchModuleError) else None
        raise ConfigurationError(Code.LEDGER_NOT_OPENED, message, ledger=where, reason=reason, extra=extra) from error
    return engine


_BEGINS_A_DATABASE = b"SQLite format 3\0"


def _make_private(path: Path) -> None:
    """Makes a ledger's file, or takes others' permissions from it: what SQLite puts beside it takes the same.

    What is no ledger keeps its own: whoever named a folder, or a spreadsheet, did so by mistake.

    Raises:
        OSError: It is no place for a file.
    """
    make_private_folder(path.parent)
    if path.is_dir():
        raise OSError("it is a folder")
    if path.exists():
        with path.open("rb") as file:
            head = file.read(len(_BEGINS_A_DATABASE))
        if head not in {b"", _BEGINS_A_DATABASE}:
            return
    make_private_file(path)


def _does_not_answer(error: Exception, url: sa.URL) -> bool:
    """Whether a server is not there at the moment; one that refuses us says so, with FATAL, and will tomorrow."""
    if url.get_backend_name() == "sqlite" or not is_gone(error):
        return False
    text = str(error)
    return "FATAL" not in text or any(words in text for words in _FOR_NOW)


def _has_our_columns(engine: sa.Engine) -> bool:
    """Whether each table has the columns of today: before the first release the first migration was edited in place."""
    found = sa.inspect(engine)
    return all({c["name"] for c in found.get_columns(t.name)} >= set(t.columns.keys()) for t in METADATA.sorted_tables)


def _without_secrets(text: str, url: sa.URL) -> str:
    """A driver's words without what the URL holds beside the place: people put passwords there."""
    queried = [[values] if isinstance(values, str) else values for values in url.query.values()]
    for secret in filter(None, [url.password, *chain.from_iterable(queried)]):
        text = text.replace(str(secret), "(secret)")
    return text


def _url(location: str) -> sa.URL:
    try:
        return sa.make_url(location) if is_url(location) else sa.URL.create("sqlite", database=location)
    except (sa.exc.ArgumentError, ValueError) as error:  # a port that is no number is a ValueError
        message = "The ledger's location is neither a path nor a database URL."
        raise ConfigurationError(Code.LEDGER_LOCATION, message) from error


def _sqlite(url: sa.URL, *, durable: bool) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        # In WAL mode NORMAL may lose commits with the power.
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # IMMEDIATE: a writer that first reads must not find on upgrading that another has written meanwhile.
        mode = "DEFERRED" if connection.get_execution_options().get("read_only") else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


# A connection that falls silent is given up instead of being waited for: seconds, but the last, which is milliseconds.
_LIFE_SIGNS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def _postgresql(url: sa.URL) -> sa.Engine:
    silent = {name: value for name, value in _LIFE_SIGNS.items() if name not in url.query}
    # A server that was started anew while nobody looked leaves connections that have to be opened again.
    return sa.create_engine(url, pool_pre_ping=True, connect_args=silent)


def _migrate_or_close(engine: sa.Engine) -> None:
    try:
        _migrate(engine)
    except BaseException:
        engine.dispose()
        raise


def _migrate(engine: sa.Engine) -> None:
    if _version(engine) == HEAD:
        return
    with _one_at_a_time(engine):
        version = _version(engine)
        if version is not None and version > HEAD:
            message = "The ledger was written by a newer version of nexudus-import."
            raise ConfigurationError(Code.LEDGER_TOO_NEW, message, version=version)
        if engine.url.get_backend_name() == "sqlite":
            _write_ahead(engine)
        if version != HEAD:
            _upgrade(engine)


def _write_ahead(engine: sa.Engine) -> None:
    """Turns write-ahead logging on, which the file keeps: readers keep no writer waiting, nor the other way round.

    SQLite does not wait for others here as it does elsewhere, so it is tried again where one is just looking.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(sqlite3.OperationalError),
        stop=tenacity.stop_after_delay(_BUSY_TIMEOUT_S),
        wait=tenacity.wait_fixed(_LOOK_AGAIN_S),
        reraise=True,
    )
    for attempt in retrying:
        with attempt, closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode = WAL")


def _version(engine: sa.Engine) -> str | None:
    with engine.connect().execution_options(read_only=True) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: sa.Engine) -> None:
    _log.info("bringing the ledger to version %s", HEAD)
    with engine.begin() as connection:
        is_new = not sa.inspect(connection).get_table_names()
        _make_tables(connection) if is_new else _run_migrations(connection)


def _make_tables(connection: sa.Connection) -> None:
    """What all migrations come to, without Alembic, which takes longer to load than a first run needs to begin."""
    METADATA.create_all(connection, checkfirst=False)
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=HEAD))


def _run_migrations(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _one_at_a_time(engine: sa.Engine) -> Iterator[None]:
    """Two processes that find no ledger at the same moment must not both create it."""
    if engine.url.get_backend_name() == "sqlite":
        with filelock.FileLock(f"{engine.url.database}.migrating", mode=0o600):
            yield
        return
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": 0x6E78_6D69})
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": 0x6E78_6D69})


def insert_new(dialect: str, table: sa.Table) -> Any:
    """An insert that passes over rows whose key is there already; SQLite's and PostgreSQL's read alike."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


@dataclass(frozen=True)
class DatabaseFile:
    """The file behind a SQLite ledger. Once removed, SQLite would go on writing into what nobody can open any more.

    Attributes:
        path: Its place; `None` for other databases.
        identity: Device and number of the file that was opened.
    """

    path: Path | None
    identity: tuple[int, int] | None

    @classmethod
    def of(cls, engine: sa.Engine) -> DatabaseFile:
        """The file of an open ledger."""
        name = engine.url.database if engine.dialect.name == "sqlite" else None
        path = Path(name) if name and name != ":memory:" else None
        return cls(path, _identity(path) if path else None)

    def check(self) -> None:
        """Makes sure that it is still there.

        Raises:
            FileNotFoundError: It is not, or another file stands in its place.
        """
        if self.path is not None and _identity(self.path) != self.identity:
            raise FileNotFoundError(errno.ENOENT, "another file stands in its place", str(self.path))


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


@contextmanager
def ledger_errors() -> Iterator[None]:
    """Turns the database's errors into the one that stops a run resumably.

    Raises:
        LedgerUnavailable: Any error of the database: a full disk, a lost connection, a file that has gone.
    """
    try:
        yield
    except FileNotFoundError as error:
        message = f"The ledger {error.filename} has gone ({error.strerror})."
        raise LedgerUnavailable(Code.LEDGER_GONE, message, ledger=str(error.filename)) from error
    except StillHeld as error:
        message = (
            f"The connection to the ledger was lost, and run {error.run_id} is in the hands of another process now."
        )
        raise LedgerUnavailable(Code.RUN_TAKEN_UP, message, run_id=error.run_id) from error
    except (sa.exc.DBAPIError, OSError) as error:
        reason = _first_line(error)
        message = f"The ledger cannot be written ({reason})."
        raise LedgerUnavailable(Code.LEDGER_NOT_WRITTEN, message, reason=reason) from error


def _first_line(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
