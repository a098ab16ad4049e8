"""A table in a `.zip`."""

import zipfile

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers import open_table, open_tables
from pipeline.intake.readers.blocks import members
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


def all_opened(path, **options):
    return open_tables(
        identify(1, path.name, path), ReadOptions(**options), lambda cells: sum(c in "ab" for c in cells)
    )


TABLES = {"one.csv": "a,b\n1,2\n", "folder/two.tsv": "b\ta\n3\t4\n"}


def test_each_file_that_names_fields_is_a_table_and_the_others_are_mentioned(tmp_path):
    others = {
        "read me.txt": "two tables\n",
        "book.xlsx": b"PK\x03\x04" + b"\0" * 30,
        "empty.csv": "",
        "a.pdf": "%PDF-1.7",
    }
    one, two = all_opened(zipped(tmp_path, **others, **TABLES))
    assert [(t.part, t.header, next(iter(t.batches())).frame.to_numpy().tolist()) for t in (one, two)] == [
        ("one.csv", ("a", "b"), [["1", "2"]]),
        ("folder/two.tsv", ("b", "a"), [["3", "4"]]),
    ]
    message = "not imported: 'read me.txt', 'book.xlsx', 'empty.csv', 'a.pdf'"
    assert [(notice.code, notice.message) for notice in one.notices] == [("files-left-out", message)]
    assert two.notices == ()


def test_a_file_of_several_is_opened_again_by_its_name(tmp_path):
    source = identify(1, "accounts.zip", zipped(tmp_path, **TABLES)).file_named("folder/two.tsv", 2)
    assert source.label == "accounts.zip/folder/two.tsv"
    assert open_table(source, ReadOptions()).header == ("b", "a")


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [(["one.csv"], ["one.csv"]), (["2"], ["folder/two.tsv"]), (["all"], ["one.csv", "folder/two.tsv"])],
)
def test_files_can_be_named_as_sheets_are(tmp_path, wanted, parts):
    assert [table.part for table in all_opened(zipped(tmp_path, **TABLES), sheets=tuple(wanted))] == parts


def test_a_file_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(ConfigurationError, match=r"^accounts\.zip: holds no file '3'\.$") as caught:
        all_opened(zipped(tmp_path, **TABLES), sheets=("3",))
    assert hint_of(caught.value) == "It has: 1 'one.csv', 2 'folder/two.tsv'."


def test_files_of_which_none_is_text_are_named(tmp_path):
    contents = {f"{name}.pdf": "%PDF-1.7" for name in "abcdef"}
    with pytest.raises(SourceError) as caught:
        opened(zipped(tmp_path, **contents))
    assert caught.value.message == (
        "accounts.zip: is an archive with 6 files (a.pdf, b.pdf, c.pdf, d.pdf, e.pdf, …), none of which is text."
    )


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


def test_a_member_without_a_name_is_passed_over(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
        nameless = zipfile.ZipInfo("x")
        nameless.filename = ""
        archive.writestr(nameless, "a,b\n3,4\n")
    assert [one.filename for one in members(path)] == ["a.csv"]
