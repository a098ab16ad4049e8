"""Files that are not what their name says."""

import pytest

from pipeline.cli.hints import hint_of
from pipeline.errors import SourceError
from pipeline.intake.readers import open_table
from pipeline.intake.readers.foreign import refuse_foreign
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

XML = b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'


def opened(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return open_table(identify(1, name, path), ReadOptions())


@pytest.mark.parametrize("name", ["accounts.xls", "accounts.csv", "accounts.xlsx", "accounts"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<html><body><table><tr><td>a</td></tr></table>", "a web page"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE HTML>\n<title>x", "a web page"),
        (b"<table border=1><tr><td>a", "a web page"),
        ("\ufeff<html><body>".encode("utf-16-le"), "a web page"),
        ("\ufeff<html><body>".encode("utf-16-be"), "a web page"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "a web page"),
        (b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/\r\n", "a web page"),
        (
            XML.decode().encode("utf-16")
            + "<x xmlns='urn:schemas-microsoft-com:office:spreadsheet'>".encode("utf-16-le"),
            "an XML spreadsheet",
        ),
        (XML + b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "an XML spreadsheet"),
        (b'<?xml version="1.0"?><accounts><account/></accounts>', "an XML document"),
        (b'[{"BusinessId": 1}]', "JSON"),
        (b'{\n  "Records": []}', "JSON"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"{\\rtf1\\ansi Accounts}", "a text document (RTF)"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"Rar!\x1a\x07\x00", "an archive"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path, name, content, what):
    with pytest.raises(SourceError) as caught:
        opened(tmp_path, name, content)
    assert caught.value.message == f"{name}: is {what}, whatever its name says."
    assert hint_of(caught.value)


def test_the_mark_of_an_open_file_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"^~\$accounts\.xlsx: is a mark that a spreadsheet program has a file open"):
        opened(tmp_path, "~$accounts.xlsx", b"\x05Admin" + b" " * 50)


@pytest.mark.parametrize("name", ["accounts.xls", "accounts.xlsx", "accounts.ods"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_text_that_is_called_a_workbook_is_read_as_text(tmp_path, name, encoding):
    table = opened(tmp_path, name, "Id\tName\r\n1\tZoë Müller\r\n".encode(encoding))
    (batch,) = table.batches()
    assert (table.header, batch.frame.to_numpy().tolist()) == (("Id", "Name"), [["1", "Zoë Müller"]])


@pytest.mark.parametrize("content", ["<a@b.c>,x\n1,2\n", "[x],y\n1,2\n", "{id},y\n1,2\n", '"<html>",y\n1,2\n'])
def test_a_header_with_signs_of_other_formats_is_a_header(tmp_path, content):
    (batch,) = opened(tmp_path, "accounts.csv", content.encode()).batches()
    assert batch.frame.to_numpy().tolist() == [["1", "2"]]


@pytest.mark.parametrize("name", ["accounts.xlsx", "accounts.XLS", "accounts.ods"])
def test_what_is_called_a_workbook_and_is_nothing_known_is_refused_as_that(tmp_path, name):
    with pytest.raises(SourceError, match="has the name of a workbook and is none"):
        opened(tmp_path, name, bytes(range(256)) * 40)


@pytest.mark.parametrize(
    "content",
    [
        b"-" * 4000 + b"+---\n| BusinessId |\n",
        b"--\n" * 4000 + b"BusinessId\n1\n",
        b"/**/" * 4000 + b"BusinessId\n1\n",
        b"/* " * 4000 + b"BusinessId\n1\n",
        b"# a\n" * 4000 + b"BusinessId\n1\n",
        b"a: b\n" * 4000 + b"BusinessId\n1\n",
        b"\n \n" * 4000 + b"BusinessId\n1\n",
    ],
)
def test_what_only_begins_like_another_kind_is_looked_at_once(tmp_path, content):
    # With patterns that can match in many ways this would take as good as for ever.
    path = tmp_path / "accounts.csv"
    path.write_bytes(content)
    refuse_foreign(path, path.name, content)


def test_a_dump_and_a_page_are_known_behind_any_number_of_comments(tmp_path):
    for content, what in (
        (b"-- a\n/* b */\n" * 200 + b"INSERT INTO x", "SQL"),
        (b"<!-- a -->\n" * 200 + b"<p>", "a web page"),
    ):
        with pytest.raises(SourceError, match=what):
            refuse_foreign(tmp_path / "a.csv", "a.csv", content)
