"""Opening a ledger: its tables, its versions, and what cannot be opened."""

import os
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import autogenerate
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.cli.hints import hint_of
from pipeline.errors import Code, ConfigurationError, ExitCode, LedgerUnavailable
from pipeline.ledger import database
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.tables import METADATA


def test_the_newest_migration_is_the_one_that_the_program_expects():
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [database.HEAD]


def by_migrations(location, monkeypatch):
    """A ledger whose tables were made by all migrations, one after the other."""
    with monkeypatch.context() as patched:
        patched.setattr(database, "_make_tables", database._run_migrations)
        return database.open_engine(location)


def test_the_migrated_tables_are_those_that_the_program_knows(location, monkeypatch):
    engine = by_migrations(location, monkeypatch)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = autogenerate.compare_metadata(context, METADATA)
        tables = set(sa.inspect(connection).get_table_names())
    engine.dispose()
    assert differences == []
    assert tables == {*METADATA.tables, "alembic_version"}


def statements_of(engine):
    """What SQLite was told to make, without line breaks."""
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()
    engine.dispose()
    return {name: re.sub(r"\s+", " ", sql or "").replace("( ", "(").replace(" )", ")") for name, sql in found}


def test_a_new_ledger_is_made_as_all_migrations_would_make_it(tmp_path, monkeypatch):
    new = statements_of(database.open_engine(str(tmp_path / "new.db")))
    assert new == statements_of(by_migrations(str(tmp_path / "migrated.db"), monkeypatch))
    assert len(new) > 10


def test_a_new_ledger_on_any_database_is_what_the_migrations_expect(location):
    engine = database.open_engine(location)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == database.HEAD
        assert autogenerate.compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_ledger_of_an_older_version_is_migrated(location, monkeypatch):
    engine = by_migrations(location, monkeypatch)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO targets (url) VALUES ('https://kept.example')"))
        connection.execute(sa.text("ALTER TABLE targets DROP COLUMN start_at"))
        connection.execute(sa.text("ALTER TABLE targets DROP COLUMN start_code"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0002'"))
    engine.dispose()
    with closing(Ledger(location)) as ledger, ledger.connection() as connection:
        kept = connection.execute(sa.text("SELECT url, start_at FROM targets")).all()
    assert kept == [("https://kept.example", None)]


def test_opening_a_ledger_again_changes_nothing(book):
    run = book.begin()
    book.enter(run, book.batch("a@example.com"))
    before = book.everything()
    Ledger(book.location).close()
    assert book.everything() == before


def test_a_file_that_has_gone_is_not_made_anew_by_reading(tmp_path):
    file = tmp_path / "ledger.db"
    with closing(Ledger(str(file))) as ledger:
        file.unlink()
        with pytest.raises(LedgerUnavailable, match="has gone"), ledger.snapshot():
            pass
    assert not file.exists()


def test_looks_of_one_process_at_a_run_that_is_free_do_not_disturb_each_other(tmp_path):
    with closing(Ledger(str(tmp_path / "ledger.db"))) as ledger:
        ledger.lock("run").release()
        with ThreadPoolExecutor(16) as threads:
            assert all(threads.map(lambda _: ledger.is_free("run"), range(1_000)))


_OPEN_TOGETHER = """
import sys
from contextlib import closing
from pipeline.ledger.ledger import Ledger
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
Ledger(sys.argv[1]).close()
sys.stdout.write("opened\\n")
"""


def test_processes_that_find_no_ledger_at_the_same_moment_create_it_once(location):
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _OPEN_TOGETHER, location],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60) for process in processes] == [("opened\n", "")] * 4
    engine = database.open_engine(location)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == [database.HEAD]
    engine.dispose()


@pytest.mark.parametrize("made_by", [database._make_tables, database._run_migrations])
def test_a_beginning_that_was_cut_short_is_done_again(location, monkeypatch, made_by):
    def cut(connection):
        made_by(connection)
        raise OSError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(database, "_make_tables", cut)
        with pytest.raises(ConfigurationError, match="the power went"):
            Ledger(location)
    ledger = Ledger(location)
    with ledger.connection() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM runs")).scalar() == 0
    ledger.close()


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(book):
    book.ledger.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    before = book.everything()
    with pytest.raises(ConfigurationError, match="newer version of nexudus-import") as caught:
        Ledger(book.location)
    assert hint_of(caught.value) == "Update nexudus-import, or name another file with --ledger."
    assert book.everything() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text("BusinessId,EmailAddress\n" * 200)
    with pytest.raises(ConfigurationError, match=r"accounts\.csv cannot be opened \(file is not a database\)"):
        Ledger(str(path))
    assert path.read_text() == "BusinessId,EmailAddress\n" * 200


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="it is a folder"):
        Ledger(str(tmp_path))


@pytest.mark.parametrize("kind", ["folder", "spreadsheet"])
def test_what_is_no_ledger_keeps_its_permissions(tmp_path, kind):
    """A folder that nobody may enter any more is lost to everybody on the machine."""
    place = tmp_path / "shared"
    if kind == "folder":
        place.mkdir(mode=0o755)
    else:
        place.write_text("BusinessId,EmailAddress\n1,a@b.example\n")
        place.chmod(0o644)
    before = place.stat().st_mode
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Ledger(str(place))
    assert place.stat().st_mode == before


def test_a_folder_that_cannot_be_created_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be opened") as caught:
        Ledger(str(tmp_path / "file" / "ledger.sqlite"))
    assert "Check --ledger" in hint_of(caught.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(ConfigurationError, match="unable to open database file"):
        Ledger(str(folder / "ledger.sqlite"))


def test_missing_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "ledger.sqlite"
    Ledger(str(path)).close()
    assert path.is_file()


@pytest.mark.parametrize("location", ["://", "post gres://x", "postgresql+psycopg://host:port/x"])
def test_what_is_no_url_is_refused_without_repeating_it(location):
    with pytest.raises(ConfigurationError, match="The ledger's location is neither a path nor a database URL"):
        Ledger(location)


def test_a_server_that_is_not_there_is_named_without_its_password(unused_port):
    with pytest.raises(LedgerUnavailable) as caught:  # it may be there again at the next start
        Ledger(f"postgresql+psycopg://me:hunter2@127.0.0.1:{unused_port}/ledger")
    assert (caught.value.code, caught.value.exit_code) == (Code.LEDGER_UNREACHABLE, ExitCode.STOPPED)
    assert f"postgresql+psycopg://me:***@127.0.0.1:{unused_port}/ledger cannot be opened" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_server_that_refuses_us_is_no_matter_of_waiting(postgresql):
    with pytest.raises(ConfigurationError, match="does not exist") as caught:
        Ledger(f"{postgresql}-and-none-like-it")
    assert hint_of(caught.value) == "Check --ledger, and whether this user may write there."


def test_a_database_whose_driver_is_missing_is_refused():
    with pytest.raises(ConfigurationError, match=r"cannot be opened \(Can't load plugin") as caught:
        Ledger("nosuchdatabase://host/x")
    assert "Install nexudus-import with [postgresql]" in hint_of(caught.value)


def test_sqlite_commits_are_on_disk_when_they_return(tmp_path):
    engine = database.open_engine(str(tmp_path / "ledger.sqlite"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
    engine.dispose()


def test_a_transaction_that_fails_leaves_nothing_behind(book):
    before = book.everything()

    def fail_halfway(connection):
        connection.execute(sa.text("INSERT INTO targets (url) VALUES ('https://half.example')"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book.ledger.write(fail_halfway)
    assert book.everything() == before


def test_an_error_of_the_database_stops_a_run_resumably(book):
    with pytest.raises(LedgerUnavailable, match="The ledger cannot be written") as caught:
        book.ledger.write(lambda c: c.execute(sa.text("INSERT INTO no_such_table VALUES (1)")))
    assert "nexudus-import resume --last" in hint_of(caught.value)


def test_an_error_while_reading_is_translated_too(book):
    with pytest.raises(LedgerUnavailable), book.ledger.connection() as connection:
        connection.execute(sa.text("SELECT * FROM no_such_table"))


def test_a_reader_keeps_no_writer_waiting_and_sees_one_moment(book):
    book.begin("run-1")
    with book.ledger.connection() as connection:
        count = sa.text("SELECT count(*) FROM runs")
        first = connection.execute(count).scalar()
        book.begin("run-2")
        assert (first, connection.execute(count).scalar()) == (1, 1)
    with book.ledger.connection() as connection:
        assert connection.execute(count).scalar() == 2


def test_a_ledger_from_before_the_first_release_is_refused_in_words(tmp_path):
    path = tmp_path / "ledger.db"
    Ledger(str(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE sources DROP COLUMN part")
        connection.commit()
    with pytest.raises(ConfigurationError, match="was made by a version before the first release"):
        Ledger(str(path))
