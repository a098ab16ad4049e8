"""Files that are named as sources."""

import errno
import hashlib
import logging
import os
from pathlib import Path

import pytest

from pipeline.errors import Code, ConfigurationError, SourceError
from pipeline.intake.sources import find_sources, identify


def test_source_keeps_its_label_and_its_digest(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 500_000)
    source = identify(3, "-", path)
    assert (source.number, source.label, source.path) == (3, "-", path)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"^a\.csv: there is no such file\.$"):
        identify(1, "a.csv", tmp_path / "a.csv")


def test_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"^folder: is a folder, not a file\.$"):
        identify(1, "folder", tmp_path)


def test_empty_file_is_refused(tmp_path):
    (tmp_path / "a.csv").touch()
    with pytest.raises(SourceError, match=r"^a\.csv: the file is empty\.$"):
        identify(1, "a.csv", tmp_path / "a.csv")


def test_file_that_cannot_be_opened_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")

    def denied(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", denied)
    with pytest.raises(SourceError, match=r"^a\.csv: cannot be read \(Permission denied\)\.$"):
        identify(1, "a.csv", path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of tables and other things, in the working folder."""
    monkeypatch.chdir(tmp_path)
    inside = tmp_path / "export"
    (inside / "old").mkdir(parents=True)
    for name in ("b.csv", "a.XLSX", "c.csv.gz", "~$a.xlsx", ".hidden.csv", "notes.docx"):
        (inside / name).write_text("x")
    return inside


def test_a_folder_stands_for_the_tables_in_it_and_the_rest_is_mentioned(folder, caplog):
    with caplog.at_level(logging.WARNING):
        found = find_sources(["export"], [folder])
    assert [(one.number, one.label) for one in found] == [
        (1, "export/a.XLSX"),
        (2, "export/b.csv"),
        (3, "export/c.csv.gz"),
    ]
    assert caplog.messages == ["export: not read, since they are no tables by their names: notes.docx, old."]


def test_a_pattern_stands_for_the_files_that_fit(folder):
    found = find_sources(["export/*.csv", "export/a.XLSX"], [folder / "*.csv", folder / "a.XLSX"])
    assert [(one.number, one.label) for one in found] == [(1, "export/b.csv"), (2, "export/a.XLSX")]


def test_a_pattern_that_nothing_fits_is_refused(folder):
    with pytest.raises(SourceError, match=r"^export/\*\.txt: no file has such a name\.$"):
        find_sources(["export/*.txt"], [folder / "*.txt"])


def test_a_file_whose_name_has_the_signs_of_a_pattern_is_that_file(folder):
    path = folder / "a[1].csv"
    path.write_text("x")
    assert [one.path for one in find_sources(["export/a[1].csv"], [path])] == [path]


def test_a_file_that_is_named_beside_its_folder_is_named_twice(folder):
    with pytest.raises(ConfigurationError, match=r"^export/b\.csv is the same file as export/b\.csv\.$"):
        find_sources(["export", "export/b.csv"], [folder, folder / "b.csv"])


@pytest.fixture
def closed(folder, monkeypatch):
    """What a user is told who may not enter the folder; root may enter any."""

    def refuse(path, *_args, **_kwargs):
        if Path(path).is_relative_to("export") or Path(path).is_relative_to(folder):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return []

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "listdir", refuse)  # for iterdir
    return refuse


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("named", ["export", "export/*.csv"])
def test_a_folder_that_may_not_be_looked_into_is_unreadable(named):
    with pytest.raises(SourceError) as refused:
        find_sources([named], [Path(named)])
    assert refused.value.code is Code.SOURCE_UNREADABLE
    assert str(refused.value) == f"{named}: cannot be read (Permission denied)."


def test_what_lies_in_a_folder_that_may_not_be_entered_is_unreadable(folder, closed, monkeypatch):
    monkeypatch.setattr(Path, "is_dir", closed)
    with pytest.raises(SourceError, match=r"^export/b\.csv: cannot be read \(Permission denied\)\.$"):
        find_sources(["export/b.csv"], [folder / "b.csv"])
