import os
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.operations.inbox_files import Inbox, take_away

NOW = 1_000_000.0


def put(path, age=3600.0):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    os.utime(path, (NOW - age, NOW - age))
    return path


def look(*places, unchanged_s=10.0):
    found = Inbox(places=places, done_dir=Path("inbox/done"), unchanged_s=unchanged_s).look(NOW)
    return [[path.as_posix() for path in some] for some in (found.ready, found.changing, found.no_tables)]


@pytest.mark.parametrize("place", ["inbox", "inbox/", "inbox/*"])
def test_tables_are_ready_in_the_order_of_their_names(place):
    for name in ("b.csv", "a.XLSX", "c.csv.gz", "sub/d.csv", "done/e.csv", "failed/f.csv"):
        put(f"inbox/{name}")
    assert look(place) == [["inbox/a.XLSX", "inbox/b.csv", "inbox/c.csv.gz"], [], []]


@pytest.mark.parametrize(
    "name",
    ["~$a.xlsx", ".~lock.a.csv#", ".a.csv.Xy12", "a.csv.part", "a.csv.tmp", "a.csv.CRDOWNLOAD", "a.csv.filepart"],
)
def test_marks_and_files_that_a_program_is_at_work_on_are_passed_over(name):
    put(f"inbox/{name}")
    assert look("inbox") == look("inbox/*") == [[], [], []]


def test_other_files_are_left_unless_their_ending_is_named():
    put("inbox/notes.pdf")
    put("inbox/export.dat")
    assert look("inbox/*") == [[], [], ["inbox/export.dat", "inbox/notes.pdf"]]
    assert look("inbox/*.dat") == look("inbox/export.dat") == [["inbox/export.dat"], [], []]


@pytest.mark.parametrize(("age", "is_ready"), [(0, False), (9.9, False), (10, True), (-5, False), (-1e9, True)])
def test_a_file_is_ready_once_it_has_stood_still(age, is_ready):
    put("inbox/a.csv", age)
    ready, changing, _ = look("inbox")
    assert (ready, changing) == ((["inbox/a.csv"], []) if is_ready else ([], ["inbox/a.csv"]))


def test_a_file_that_two_places_name_is_taken_once():
    put("inbox/a.csv")
    assert look("inbox/*", "inbox/a.csv")[0] == ["inbox/a.csv"]


@pytest.mark.parametrize("place", ["inbxo", "inbxo/*", "inbox/a.csv"])
def test_an_inbox_that_does_not_exist_is_not_an_empty_one(place):
    Path("inbox").mkdir()
    with pytest.raises(SourceError, match="there is no such file or folder"):
        look(place)


def test_a_place_that_does_not_exist_keeps_nobody_from_the_others():
    put("inbox/a.csv")
    found = Inbox(places=("other", "inbox"), done_dir=Path("inbox/done"), unchanged_s=10.0).look(NOW)
    assert ([path.as_posix() for path in found.ready], list(found.not_found)) == (["inbox/a.csv"], ["other"])


def test_folders_that_nobody_looks_into_are_named():
    for name in ("sub/d.csv", "done/e.csv", "failed/f.csv", ".hidden/g.csv"):
        put(f"inbox/{name}")
    found = Inbox(places=("inbox",), done_dir=Path("inbox/done"), unchanged_s=10.0).look(NOW)
    assert [path.as_posix() for path in found.folders] == ["inbox/sub"]


@pytest.mark.parametrize(
    ("place", "own"),
    [("inbox", None), ("done/*", "work/done"), ("failed/a.csv", "work/failed"), ("work/../work/done", "work/done")],
)
def test_a_folder_that_files_are_taken_to_is_no_inbox(place, own):
    for folder in ("inbox", "work/done", "work/failed"):
        Path(folder).mkdir(parents=True)
    place = place if place == "inbox" or place.startswith("work") else f"work/{place}"
    found = Inbox(places=(place,), done_dir=Path("work/done"), unchanged_s=10.0).own_folder_among()
    assert (found.as_posix() if found else None) == own


def test_a_pattern_of_folders_without_files_is_an_empty_inbox():
    assert look("*/incoming/*") == [[], [], []]


def test_what_is_taken_away_keeps_its_name_and_overwrites_nothing():
    for content in ("1", "2", "3"):
        Path("done").mkdir(exist_ok=True)
        put("inbox/mail.csv.gz").write_text(content)
        take_away(Path("inbox/mail.csv.gz"), Path("done"), "stamp")
    kept = {path.name: path.read_text() for path in Path("done").iterdir()}
    assert kept == {"mail.csv.gz": "1", "mail.stamp.csv.gz": "2", "mail.stamp-2.csv.gz": "3"}
    assert list(Path("inbox").iterdir()) == []


def test_to_another_disk_it_is_copied(monkeypatch):
    def refuse(_path, _target):
        raise OSError(18, "Invalid cross-device link")

    Path("done").mkdir()
    path = put("inbox/a.csv")
    monkeypatch.setattr(Path, "replace", refuse)
    assert take_away(path, Path("done"), "stamp").read_text() == "x"
    assert not path.exists()


def test_what_cannot_be_moved_stays_and_leaves_no_empty_file():
    Path("done").mkdir()
    with pytest.raises(FileNotFoundError):
        take_away(Path("gone.csv"), Path("done"), "stamp")
    assert list(Path("done").iterdir()) == []
