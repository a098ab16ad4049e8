"""Files that are named as sources."""

import hashlib

import pytest

from pipeline.errors import SourceError
from pipeline.intake.sources import identify


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
