"""A table in a `.zip`."""

import zipfile

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import SourceError
from pipeline.intake.readers import open_table
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions


def zipped(folder, **contents):
    path = folder / "accounts.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in contents.items():
            written.writestr(name, content)
    return path


def opened(path, **options):
    return open_table(identify(1, path.name, path), ReadOptions(**options))


def test_the_one_table_is_read_beside_what_programs_add(tmp_path):
    added = {"__MACOSX/._accounts.csv": "x", ".DS_Store": "x", "folder/": ""}
    table = opened(zipped(tmp_path, **added, **{"folder/accounts.csv": "Id;Name\n1;Zoë\n".encode("cp1252")}))
    (batch,) = table.batches()
    assert (table.header, batch.frame.to_numpy().tolist()) == (("Id", "Name"), [["1", "Zoë"]])


def test_several_tables_are_named(tmp_path):
    contents = {f"{name}.csv": "a,b\n1,2\n" for name in "abcdef"}
    with pytest.raises(SourceError) as caught:
        opened(zipped(tmp_path, **contents))
    assert caught.value.message == ("accounts.zip: is an archive with 6 files (a.csv, b.csv, c.csv, d.csv, e.csv, …).")


def test_an_empty_archive_is_refused(tmp_path):
    path = zipped(tmp_path, **{".hidden": "x"})
    with pytest.raises(SourceError, match=r"^accounts\.zip: is an archive with no file\.$"):
        opened(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 30, "accounts.zip: holds a.xlsx, which is not text."),
        ("a.html", b"<html><body>", "accounts.zip (a.html): is a web page, whatever its name says."),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, name, content, message):
    with pytest.raises(SourceError) as caught:
        opened(zipped(tmp_path, **{name: content}))
    assert caught.value.message == message


def test_more_than_can_be_meant_is_refused_unread(tmp_path):
    path = zipped(tmp_path, **{"a.csv": b"a,b\n" + b"1,2\n" * 500_000})
    assert path.stat().st_size < 20_000
    with pytest.raises(SourceError, match="would unpack to 2 MB, above the 1 MB allowed") as caught:
        opened(path, max_unpacked=1_000_000)
    assert "--max-unpacked 3MB" in hint_of(caught.value)
    assert opened(path).header == ("a", "b")


def test_a_damaged_table_is_refused(tmp_path):
    path = zipped(tmp_path, **{"a.csv": b"a,b\n" + bytes(range(48, 58)) * 500})
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"^accounts\.zip: cannot be read"):
        opened(path)


@pytest.mark.parametrize(("at", "byte"), [(6, 0x7B), (10, 0x63)])
def test_a_damaged_directory_is_refused(tmp_path, at, byte):
    path = zipped(tmp_path, **{"a.csv": b"a,b\n1,2\n"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + at] = byte
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"^accounts\.zip: "):
        opened(path)
