"""`reports/latest` leads to the newest run, and is in nobody's way."""

from pathlib import Path

import pytest

from pipeline.reports.latest import point_to
from tests.support.report_context import run_of

OLD, NEW, CHECK = "20260501-080000-aaaa", "20260502-080000-aaaa", "validate-20260503-080000-aaaa"


def pointed(name, folder=None):
    where = Path(folder or f"reports/{name}").absolute()
    where.mkdir(parents=True, exist_ok=True)
    point_to(run_of("a.csv", run_id=name, report_dir=where))
    return Path("reports/latest")


def test_leads_to_the_run_that_began_last_whichever_was_written_last():
    assert pointed(OLD).readlink() == Path(OLD)
    assert pointed(NEW).readlink() == Path(NEW)
    assert pointed(OLD).readlink() == Path(NEW)
    assert pointed(CHECK).readlink() == Path(CHECK)
    assert pointed(NEW).readlink() == Path(CHECK)
    assert sorted(p.name for p in Path("reports").iterdir()) == sorted(["latest", OLD, NEW, CHECK])


def test_a_folder_that_a_person_has_named_gets_no_neighbour():
    pointed(OLD, folder="reports/mine")
    assert [p.name for p in Path("reports").iterdir()] == ["mine"]


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_what_a_person_has_called_so_stays(make):
    Path("reports").mkdir()
    make(Path("reports/latest"))
    link = pointed(OLD)
    assert link.exists()
    assert not link.is_symlink()


def test_where_no_link_can_be_made_nothing_happens():
    Path("reports").mkdir()
    Path(f"reports/.latest-{OLD}").mkdir()  # is in the way of the new link
    with pytest.raises(IsADirectoryError):
        Path(f"reports/.latest-{OLD}").unlink()
    assert not pointed(OLD).is_symlink()
