"""The Python API against the real sandbox: what arrives, what is handed over, how a run is left and taken up."""

import asyncio
import dataclasses
import logging
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

import pipeline
from pipeline import (
    Code,
    ConfigurationError,
    Credentials,
    Existing,
    ExitCode,
    ImportConfig,
    InternalError,
    Interrupted,
    RateLimit,
    ReadOptions,
    RunStatus,
    SandboxServer,
    Scope,
    SignInError,
    SourceError,
    Status,
    import_rows,
    read_run,
    resume_run,
    runs,
    validate_rows,
)
from pipeline.sandbox import Faults
from tests.support.command_line import TOKEN, account, accounts, by_key, call, process_environment, write_csv
from tests.support.factories import user_without

SENT = ("BusinessId", "DisplayName", "EmailAddress", "IncomingServerPort", "Active", "LastCheckTime")


@pytest.fixture
def server():
    with SandboxServer() as found:
        yield found


def config_for(server, **options):
    return ImportConfig(
        **{
            "base_url": server.base_url,
            "credentials": Credentials(token=TOKEN),
            "ledger": "ledger.db",
            "report_dir": "out",
            "limits": (),
            "settle_s": 0.05,
            "max_lag_s": 0.2,
            **options,
        }
    )


def frame_of(count, **updater):
    return pd.DataFrame([account(number, **updater) for number in range(1, count + 1)])


def kept():
    return [path for path in Path.home().rglob("kept/*") if path.is_file()]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    left = {t for t in threading.enumerate() if t.name.startswith("nexudus-import")} - before
    assert left == set()


# -- importing ---------------------------------------------------------------------------------------------------


def test_the_values_of_a_data_frame_arrive(server):
    frame = frame_of(2).assign(
        BusinessId=[1, 1],
        IncomingServerPort=[993.0, 143.0],
        Active=[True, False],
        LastCheckTime=pd.to_datetime(["2026-01-02 03:04:05", None]),
    )
    result = import_rows(frame, config_for(server)).run()
    assert (result.exit_code, result.summary.count(Status.CREATED)) == (ExitCode.OK, 2)
    assert [tuple(record[name] for name in SENT) for record in by_key(server)] == [
        (1, "Desk 1", "desk1@cowork.example", 993, True, "2026-01-02T03:04:05Z"),
        (1, "Desk 2", "desk2@cowork.example", 143, False, None),
    ]
    assert [source.label for source in result.run.sources] == ["DataFrame"]
    assert Path("out/report.json") in [path.relative_to(Path.cwd()) for path in result.reports]
    assert kept() == []


def test_every_row_comes_once_with_its_id_or_its_reason(server):
    frame = frame_of(4)
    frame.loc[1, "IncomingServerPort"] = "x"
    frame.loc[3] = frame.loc[0]
    with import_rows(frame, config_for(server)) as rows:
        found = {row.ref.row: row for row in rows}
    assert {number: row.status for number, row in found.items()} == {
        2: Status.CREATED,
        3: Status.INVALID,
        4: Status.CREATED,
        5: Status.SKIPPED,
    }
    assert {found[2].remote_id, found[4].remote_id} == {record["Id"] for record in server.store.records()}
    assert found[2].key.values == (1, "desk1@cowork.example")
    assert found[3].response["Errors"][0]["PropertyName"] == "IncomingServerPort"
    assert rows.result.exit_code is ExitCode.ROWS_REFUSED
    assert rows.result.summary.rows_read == 4


def test_a_row_in_doubt_comes_once_when_it_is_settled(server):
    server.faults = Faults(lose_answers=1)
    found = list(import_rows(frame_of(3), config_for(server)))
    assert sorted(row.ref.row for row in found) == [2, 3, 4]
    assert {row.status for row in found} == {Status.CREATED}


def test_rows_that_stay_in_doubt_come_once_at_the_end():
    clerk = user_without("EmailAccount-List")
    with SandboxServer(users=[clerk], faults=Faults(lose_answers=1)) as server:
        rows = import_rows(frame_of(2), config_for(server, credentials=Credentials(token=clerk.token)))
        assert sorted((row.ref.row, row.status) for row in rows) == [(2, Status.IN_DOUBT), (3, Status.IN_DOUBT)]
    assert rows.result.exit_code is ExitCode.IN_DOUBT
    assert len(kept()) == 1  # to settle and resume


def test_a_callback_is_told_in_the_calling_thread(server):
    told = []
    result = import_rows(frame_of(3), config_for(server)).run(
        lambda row: told.append((row, threading.current_thread()))
    )
    assert sorted(row.ref.row for row, _ in told) == [2, 3, 4]
    assert {thread for _, thread in told} == {threading.current_thread()}
    assert result.run.status is RunStatus.COMPLETED


def test_files_and_frames_together_each_by_its_name(server):
    write_csv("a.csv", accounts(1))
    more = [frame_of(3).iloc[1:2], frame_of(3).iloc[2:3]]
    result = import_rows([Path("a.csv"), *more], config_for(server)).run()
    assert [source.label for source in result.run.sources] == ["a.csv", "DataFrame", "DataFrame 2"]
    assert result.summary.count(Status.CREATED) == 3
    again = import_rows({"March": more[0], "April": more[1]}, config_for(server)).run()
    assert [source.label for source in again.run.sources] == ["March", "April"]
    assert again.summary.count(Status.SKIPPED) == 2


def test_the_configuration_says_how_columns_become_fields(server):
    Path("m.toml").write_text('[columns]\n"Mail" = "EmailAddress"\n[reading]\nheader_row = 7\n', encoding="utf-8")
    frame = frame_of(1).rename(columns={"EmailAddress": "Mail", "DisplayName": "Name", "BusinessId": "Office"})
    frame["ErrorCount"] = None
    options = {"mapping": "m.toml", "columns": {"Name": "DisplayName", "Office": ""}}
    config = config_for(server, **options, constants={"BusinessId": "7"}, defaults={"ErrorCount": "3"})
    assert import_rows(frame, config).run().exit_code is ExitCode.OK
    (record,) = server.store.records()
    assert [record[n] for n in ("EmailAddress", "DisplayName", "BusinessId", "ErrorCount")] == [
        "desk1@cowork.example", "Desk 1", 7, 3,
    ]  # fmt: skip


def test_a_workbook_is_read_from_a_thread(server):
    frame_of(2).to_excel("a.xlsx", index=False)
    assert import_rows("a.xlsx", config_for(server)).run().summary.count(Status.CREATED) == 2


def test_existing_records_are_updated_and_undone_from_the_command_line(server):
    import_rows(frame_of(1), config_for(server)).run()
    changed = import_rows(frame_of(1, DisplayName="New"), config_for(server, existing=Existing.UPDATE)).run()
    assert changed.summary.count(Status.UPDATED) == 1
    assert [record["DisplayName"] for record in server.store.records()] == ["New"]


def test_nothing_is_printed_asked_or_handled(server, capfd):
    before = [(name, handler) for name, handler in _signal_handlers()]
    list(import_rows(frame_of(3), config_for(server)))
    assert list(_signal_handlers()) == before
    assert capfd.readouterr() == ("", "")


def _signal_handlers():
    import signal

    return [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]


# -- threads and loops -------------------------------------------------------------------------------------------


def test_it_works_while_an_event_loop_runs_in_the_calling_thread(server):
    async def main():
        ended = [row.status for row in import_rows(frame_of(2), config_for(server))]
        in_a_thread = await asyncio.to_thread(import_rows(frame_of(3), config_for(server)).run)
        return ended, in_a_thread.summary.count(Status.CREATED)

    assert asyncio.run(main()) == ([Status.CREATED, Status.CREATED], 1)


def test_two_imports_at_once_from_two_threads(server):
    frames = [frame_of(30), frame_of(60).iloc[30:]]
    results = [None, None]

    def work(number):
        results[number] = import_rows(frames[number], config_for(server, report_dir=f"out{number}")).run()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.summary.count(Status.CREATED) for result in results] == [30, 30]
    assert len({result.run.run_id for result in results}) == 2
    assert len(server.store) == 60


# -- stopping and resuming ---------------------------------------------------------------------------------------


def left_early(server, how):
    """A run of 500 rows that was left after its first one, its rows as they came, and what raised."""
    server.faults = Faults(latency_s=0.02)
    how(frame_of(500), config_for(server, concurrency=2))
    server.faults = Faults()
    run = read_run(ledger="ledger.db")
    assert (run.result.run.status, run.result.can_be_resumed) == (RunStatus.INTERRUPTED, True)
    created = run.result.summary.count(Status.CREATED)
    assert 1 <= created < 500
    assert run.result.summary.count(Status.UNPROCESSED) == 500 - created
    assert len(server.store) == created
    assert len(kept()) == 1
    return run


def broken_off(frame, config):
    for _ in import_rows(frame, config):
        break


def broken_off_in_a_block(frame, config):
    with import_rows(frame, config) as rows:
        for _ in rows:
            break
    assert isinstance(rows.result.reason, Interrupted)
    assert rows.result.exit_code is ExitCode.STOPPED


def raised_in_the_loop(frame, config):
    with pytest.raises(ZeroDivisionError), import_rows(frame, config) as rows:
        _ = [1 / 0 for _ in rows]


def raised_in_the_callback(frame, config):
    with pytest.raises(ZeroDivisionError):
        import_rows(frame, config).run(lambda _row: 1 / 0)


def stopped_by_another_thread(frame, config):
    rows = import_rows(frame, config)
    taken = list(_stopping_at_first(rows))
    assert len(taken) == rows.result.summary.count(Status.CREATED)


def _stopping_at_first(rows):
    for row in rows:
        thread = threading.Thread(target=rows.stop)
        thread.start()
        thread.join()
        yield row


@pytest.mark.parametrize(
    "how",
    [broken_off, broken_off_in_a_block, raised_in_the_loop, raised_in_the_callback, stopped_by_another_thread],
    ids=lambda how: how.__name__,
)
def test_a_run_that_is_left_early_ends_in_good_order_and_is_taken_up(server, how):
    run = left_early(server, how)
    resumed = resume_run(run.result.run.run_id, config_for(server)).run()
    assert resumed.run.run_id == run.result.run.run_id
    assert resumed.summary.count(Status.CREATED) == len(server.store) == 500
    assert kept() == []


def test_the_command_line_takes_up_a_run_of_a_data_frame(server):
    run = left_early(server, broken_off)
    called = call("resume", run.result.run.run_id, "--ledger", "ledger.db", "--json")
    assert called.exit_code == 0
    assert len(server.store) == 500
    assert kept() == []


def test_a_kept_frame_that_was_changed_is_not_resumed(server):
    left_early(server, broken_off)
    kept()[0].write_bytes(kept()[0].read_bytes() + b" ")
    with pytest.raises(SourceError, match="DataFrame: has changed since run"):
        resume_run(config=config_for(server)).run()


def test_refused_rows_are_sent_again_when_their_cause_is_mended(server):
    write_csv("a.csv", accounts(2))
    server.faults = Faults(refusals=1)
    first = import_rows("a.csv", config_for(server)).run()
    assert first.summary.count(Status.REJECTED) == 2
    server.faults = Faults()
    again = resume_run(first.run.run_id, config_for(server), retry=[Status.REJECTED]).run()
    assert again.summary.count(Status.CREATED) == 2


def test_a_run_that_is_stopped_before_it_begins_sends_nothing(server):
    rows = import_rows(frame_of(3), config_for(server))
    rows.stop()
    assert list(rows) == []
    assert rows.result.summary.count(Status.UNPROCESSED) == 3
    assert len(server.store) == 0


# -- checking and looking back -----------------------------------------------------------------------------------


def test_a_frame_is_checked_without_network_ledger_and_reports():
    frame = frame_of(4).assign(Colour="red")
    frame.loc[1, ["IncomingServerPort", "BusinessId"]] = ["x", None]
    frame.loc[2, "EmailAddress"] = "no address"
    found = validate_rows({"March": frame})
    assert (found.rows_read, found.valid_rows) == (4, 3)
    assert [(f.source, f.row, f.column, f.field, f.value) for f in found.errors] == [
        ("March", 3, "BusinessId", "BusinessId", None),
        ("March", 3, "IncomingServerPort", "IncomingServerPort", "x"),
    ]
    about_source, about_cell = found.warnings
    assert (about_source.row, about_source.field) == (None, None)
    assert "Colour" in about_source.message
    assert (about_cell.row, about_cell.field, about_cell.value) == (4, "EmailAddress", "no address")
    assert found.findings == (about_source, *found.errors, about_cell)
    assert (list(Path.cwd().iterdir()), kept()) == ([], [])


def test_a_secret_is_in_no_finding():
    found = validate_rows(frame_of(1, GoogleAccessToken="s3cret\x00", Active="maybe"))
    assert found.valid_rows == 0
    assert "s3cret" not in repr(found)


def test_a_run_is_read_from_its_ledger(server):
    write_csv("a.csv", [account(1), account(2, ErrorCount="x")])
    ended = import_rows("a.csv", config_for(server)).run()
    run = read_run(ended.run.run_id[:15], ledger="ledger.db")
    assert run.result.summary == ended.summary
    assert [(row.ref.row, row.status) for row in run.rows()] == [(2, Status.CREATED), (3, Status.INVALID)]
    later = import_rows("a.csv", config_for(server)).run()
    assert [one.run.run_id for one in runs("ledger.db")] == [later.run.run_id, ended.run.run_id]
    assert read_run(ledger="ledger.db").result.run.run_id == later.run.run_id


# -- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"concurrency": 0}, "concurrency=0: is out of bounds (from 1 to 500)."),
        ({"limit": 0}, "limit=0: is out of bounds (1 or more)."),
        ({"timeout_s": float("nan")}, "timeout_s=nan: is out of bounds (from 0.001 to 86400)."),
        (
            {"limits": [RateLimit(calls=0, seconds=1, scope=Scope.ALL)]},
            "limits: calls and seconds must be above 0; () stands for no limits.",
        ),
        ({"limits": "none"}, "limits='none': is no sequence of RateLimit; () stands for no limits."),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused_at_once(options, message):
    with pytest.raises(ConfigurationError) as refused:
        ImportConfig(**options)
    assert refused.value.message == message
    assert refused.value.code is Code.SETTING_OUT_OF_BOUNDS


def test_what_keeps_a_run_from_beginning_is_raised_and_leaves_no_copy(server):
    frame = frame_of(1)
    with pytest.raises(SignInError):
        import_rows(frame, config_for(server, credentials=None)).run()
    with pytest.raises(SignInError):
        import_rows(frame, config_for(server, credentials=Credentials(username="x", password="wrong"))).run()
    with pytest.raises(SourceError, match=r"^nowhere\.csv: there is no such file") as missing:
        list(import_rows("nowhere.csv", config_for(server)))
    assert (missing.value.code, missing.value.facts) == (Code.SOURCE_NOT_FOUND, {"source": "nowhere.csv"})
    with pytest.raises(SourceError, match=r"^DataFrame: .*required"):
        import_rows(frame[["EmailAddress"]], config_for(server)).run()
    with pytest.raises(ConfigurationError, match=r"^DataFrame: is a DataFrame and has no delimiter"):
        import_rows(frame, config_for(server, read=ReadOptions(delimiter=";"))).run()
    with pytest.raises(ConfigurationError, match=r"^A int is neither a path nor a pandas DataFrame"):
        import_rows([frame, 5], config_for(server)).run()
    with pytest.raises(ConfigurationError, match=r"^There is nothing to import"):
        import_rows([], config_for(server)).run()
    assert kept() == []
    assert len(server.store) == 0


def test_why_a_run_stopped_stands_in_its_result(server):
    result = import_rows(frame_of(2), config_for(server, credentials=Credentials(token="wrong"))).run()
    assert isinstance(result.reason, SignInError)
    assert (result.exit_code, result.can_be_resumed, len(kept())) == (ExitCode.SIGN_IN, True, 1)
    assert resume_run(config=config_for(server)).run().summary.count(Status.CREATED) == 2


def test_the_environment_gives_the_credentials(server, monkeypatch):
    monkeypatch.setenv("NEXUDUS_TOKEN", TOKEN)
    assert import_rows(frame_of(1), config_for(server, credentials=None)).run().exit_code is ExitCode.OK


def test_rows_are_taken_once_and_the_result_is_there_at_the_end(server):
    rows = import_rows(frame_of(1), config_for(server))
    with pytest.raises(ConfigurationError, match="has not ended"):
        _ = rows.result
    assert rows.run() is rows.result
    with pytest.raises(ConfigurationError, match="taken already"):
        list(rows)


def test_secrets_are_in_no_repr_and_no_log(server, caplog):
    caplog.set_level(logging.DEBUG)
    config = config_for(server, credentials=Credentials(token=TOKEN, password="pa55", totp="123456"))
    list(import_rows(frame_of(1, GoogleAccessToken="s3cret"), config))
    url = dataclasses.replace(config, ledger="postgresql+psycopg://me:pa55@host/x")
    for secret in (TOKEN, "pa55", "123456", "s3cret"):
        assert secret not in repr(config) + repr(url) + caplog.text


# -- the package -------------------------------------------------------------------------------------------------


def test_the_public_names_are_those_that_are_listed():
    from pipeline import api

    assert sorted(pipeline.__all__) == pipeline.__all__ == api.__all__
    assert all(getattr(pipeline, name) is getattr(api, name) for name in pipeline.__all__)
    assert set(pipeline.__all__) <= set(dir(pipeline))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = pipeline.nothing


def test_every_error_of_a_caller_is_public():
    from pipeline import errors

    # Caught as ConfigurationError and as InternalError; and what only the command line's clusters can raise.
    of_cells = {"SeveralSheets", "IllegalTransition", "ClusterUnavailable"}
    tree = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert tree - of_cells <= set(pipeline.__all__)
    assert issubclass(errors.IllegalTransition, InternalError)


def test_importing_the_package_loads_nothing_else():
    program = "import sys, pipeline; print([m for m in sys.modules if m.startswith(('pipeline.', 'pandas', 'click'))])"
    called = subprocess.run([sys.executable, "-c", program], capture_output=True, env=process_environment(), check=True)
    assert called.stdout.strip() == b"[]"


def test_the_api_loads_nothing_of_the_command_line():
    program = "import sys, pipeline.api; print([m for m in sys.modules if m.startswith('pipeline.cli')])"
    called = subprocess.run([sys.executable, "-c", program], capture_output=True, env=process_environment(), check=True)
    assert called.stdout.strip() == b"[]"
