"""The examples of embedding do what they say, against the real sandbox: Airflow, a notebook, a Dask client."""

import ast
import importlib
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from pipeline import Credentials, ExitCode, ImportConfig, SandboxServer, read_run, runs
from pipeline.sandbox import Faults
from tests.support.command_line import ACCOUNTS, ROOT, TOKEN, account, accounts

FOLDER = ROOT / "docs" / "embedding"
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


@pytest.fixture
def server():
    with SandboxServer() as found:
        yield found


@pytest.fixture
def config(server):
    return ImportConfig(
        base_url=server.base_url,
        credentials=Credentials(token=TOKEN),
        limits=(),
        attempts=1,
        ledger=str(Path("ledger.db").absolute()),
    )


def write(rows):
    frame = pd.DataFrame(rows)
    frame.to_csv("accounts.csv", index=False)
    return frame


def test_the_page_names_each_example():
    assert {
        path.name for path in FOLDER.iterdir() if path.is_file() and f"(embedding/{path.name})" not in PAGE
    } == set()


class TestAirflow:
    """Airflow itself is stood in for: it decides when a task runs, and what is tested here is what the task does."""

    class Retried(Exception):
        pass

    class Failed(Exception):
        pass

    @pytest.fixture
    def tasks(self, monkeypatch, config):
        """The tasks of the DAG by their names, with what they were declared with, aimed at the sandbox."""
        found = {}

        def task(function=None, **options):
            def declared(function):
                found[function.__name__] = (function, options)
                return lambda *upstream: (function.__name__, *upstream)

            return declared(function) if function else declared

        decorators, exceptions = ModuleType("airflow.decorators"), ModuleType("airflow.exceptions")
        decorators.task = task
        decorators.dag = lambda **options: lambda function: found.update(dag=(function, options)) or function
        exceptions.AirflowException, exceptions.AirflowFailException = self.Retried, self.Failed
        for module in (ModuleType("airflow"), decorators, exceptions):
            monkeypatch.setitem(sys.modules, module.__name__, module)
        names = {"__name__": "dags.accounts"}
        exec(compile((FOLDER / "airflow_task.py").read_text(encoding="utf-8"), "airflow_task.py", "exec"), names)
        names["CONFIG"] = config
        return found

    def test_one_run_at_a_time_is_tried_several_times(self, tasks):
        assert tasks["dag"][1]["max_active_runs"] == 1
        assert tasks["imported"][1]["retries"] > 1
        assert list(tasks) == ["dag", "exported", "imported", "told"]

    def test_a_try_that_stopped_early_is_repeated_and_goes_on_with_its_run(self, tasks, server, config):
        imported = tasks["imported"][0]
        write(accounts(5))
        server.faults = Faults(drop=1)
        with pytest.raises(self.Retried, match="the next try goes on"):
            imported("accounts.csv")
        [stopped] = runs(config.ledger)
        server.faults = Faults()
        done = imported("accounts.csv")
        assert (done["run"], done["exit_code"], done["Created"]) == (stopped.run.run_id, 0, 5)
        assert (len(server.store), len(runs(config.ledger))) == (5, 1)
        tasks["told"][0](done)

    def test_a_target_that_is_down_at_the_start_is_tried_again(self, tasks, server):
        write(accounts(1))
        server.stop()
        with pytest.raises(self.Retried):
            tasks["imported"][0]("accounts.csv")

    def test_what_only_a_person_can_mend_fails_at_once_with_its_code(self, tasks):
        pd.DataFrame([{"Room": "1"}]).to_csv("accounts.csv", index=False)
        with pytest.raises(self.Failed, match="columns-missing: "):
            tasks["imported"][0]("accounts.csv")

    def test_refused_rows_are_told_by_the_task_behind_it(self, tasks, server):
        write([account(1), account(2, ErrorCount="x")])
        done = tasks["imported"][0]("accounts.csv")
        assert (done["exit_code"], done["Created"], done["Invalid"]) == (ExitCode.ROWS_REFUSED, 1, 1)
        with pytest.raises(self.Failed, match=str(done["run"])):
            tasks["told"][0](done)


class TestNotebook:
    NOTEBOOK = json.loads((FOLDER / "notebook.ipynb").read_text(encoding="utf-8"))

    def cells(self):
        return ["".join(cell["source"]) for cell in self.NOTEBOOK["cells"] if cell["cell_type"] == "code"]

    def shown(self, code, names):
        """Runs a cell; returns the value of its last expression, which a notebook shows."""
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "notebook.ipynb", "exec"), names)
        return eval(compile(ast.Expression(last.value), "notebook.ipynb", "eval"), names) if last is not None else None

    def test_it_is_one_without_outputs(self):
        assert (self.NOTEBOOK["nbformat"], self.NOTEBOOK["nbformat_minor"]) == (4, 5)
        assert len({cell["id"] for cell in self.NOTEBOOK["cells"]}) == len(self.NOTEBOOK["cells"])
        assert [cell for cell in self.NOTEBOOK["cells"] if cell.get("outputs")] == []

    def test_its_cells_check_import_and_show_what_was_refused(self):
        shutil.copy(ACCOUNTS, "accounts.csv")
        frame = pd.read_csv("accounts.csv", dtype=str)
        frame.loc[4, "IncomingServerPort"] = "x"
        frame.to_csv("accounts.csv", index=False)
        names = {}
        shown = [self.shown(code, names) for code in self.cells()]
        head, errors, counts, refused = [one for one in shown if one is not None]
        assert head.shape[0] == 5
        assert errors[["row", "field", "value"]].values.tolist() == [[6, "IncomingServerPort", "x"]]
        assert counts.to_dict() == {"created": 29, "invalid": 1}
        assert refused["why"].to_dict() == {4: "IncomingServerPort: is not an integer"}
        assert refused["EmailAddress"].tolist() == [frame.loc[4, "EmailAddress"]]
        assert len(names["target"].store) == 29


@pytest.mark.filterwarnings("ignore")  # those of Dask itself
@pytest.mark.timeout(300)  # its workers are processes of their own, which take their time on a busy machine
def test_a_dask_client_imports_partitions_through_one_ledger(server, config, monkeypatch):
    pytest.importorskip("distributed")
    dd = pytest.importorskip("dask.dataframe")
    from dask.distributed import Client, LocalCluster

    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setenv("PYTHONPATH", str(FOLDER))  # the workers import the example, too
    example = importlib.import_module("dask_client")
    # The last partition has a key of the first once more, and a row that is refused.
    rows = [*accounts(11), account(1), account(12, ErrorCount="x")]
    frame = dd.from_pandas(pd.DataFrame(rows), npartitions=3)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        found = example.import_frame(frame, client, config)
        again = example.import_frame(frame, client, config)
    assert found.groupby("Status").size().to_dict() == {"created": 11, "invalid": 1, "skipped": 1}
    created = {record["Id"]: record["EmailAddress"] for record in server.store.records()}
    assert sorted(created.values()) == sorted({row["EmailAddress"] for row in rows[:11]})
    assert set(found.loc[found["Status"] == "created", "Id"]) == set(created)
    assert again.groupby("Status").size().to_dict() == {"invalid": 1, "skipped": 12}
    assert len(server.store) == 11
    assert len({run.run.run_id for run in runs(config.ledger)}) == 6
    assert read_run(found["Run"].iloc[0], ledger=config.ledger).result.can_be_resumed is False
