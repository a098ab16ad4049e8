"""Text files in the encodings that spreadsheet programs write."""

import codecs
import gzip

import pytest

from pipeline.errors import ConfigurationError, SourceError
from pipeline.intake.readers import open_table
from pipeline.intake.sources import identify
from pipeline.model.config import ReadOptions

TEXT = "name,place\nJosé Müller,Zürich\nŁukasz,東京\n"
ROWS = [["José Müller", "Zürich"], ["Łukasz", "東京"]]
WESTERN = "name,place\nJosé « Müller » …,Zürich €\n"


def opened(folder, content, **options):
    path = folder / "accounts.csv"
    path.write_bytes(content)
    return open_table(identify(1, "accounts.csv", path), ReadOptions(**options))


def cells_of(table):
    return [row for batch in table.batches() for row in batch.frame.to_numpy().tolist()]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gz"])
def test_unicode_is_found_by_itself(tmp_path, mark, encoding, compressed):
    content = mark + TEXT.encode(encoding)
    table = opened(tmp_path, gzip.compress(content) if compressed else content)
    assert table.header == ("name", "place")
    assert cells_of(table) == ROWS


def test_windows_1252_is_found_by_itself(tmp_path):
    table = opened(tmp_path, WESTERN.encode("cp1252"))
    assert table.encoding == "cp1252"
    assert cells_of(table) == [["José « Müller » …", "Zürich €"]]


def test_windows_1252_is_found_where_its_first_sign_stands_behind_a_mebibyte(tmp_path):
    plain = "x,y\n" * (300 * 1024)
    table = opened(tmp_path, ("name,place\n" + plain + "José,Zürich\n").encode("cp1252"))
    assert table.encoding == "cp1252"
    assert cells_of(table)[-1] == ["José", "Zürich"]


def test_utf_8_is_found_where_a_letter_spans_the_edge_of_a_mebibyte(tmp_path):
    head = b"name,place\n"
    filler = b"x" * ((1 << 20) - len(head) - len(b",p\n") - 1)
    table = opened(tmp_path, head + filler + "é,p\n".encode())
    assert table.encoding == "utf-8"
    assert cells_of(table) == [[filler.decode() + "é", "p"]]


def test_utf_16_is_read_where_a_pair_spans_the_edge_of_a_block(tmp_path):
    line = "😀" * 500 + ",x\n"
    content = codecs.BOM_UTF16_LE + ("a,b\n" + line * 1100).encode("utf-16-le")
    assert cells_of(opened(tmp_path, content)) == [["😀" * 500, "x"]] * 1100


@pytest.mark.parametrize("name", ["windows-1252", "cp1252", "WINDOWS_1252"])
def test_encoding_can_be_given_by_any_of_its_names(tmp_path, name):
    table = opened(tmp_path, WESTERN.encode("cp1252"), encoding=name)
    assert cells_of(table) == [["José « Müller » …", "Zürich €"]]


def test_given_encoding_wins_over_the_one_that_fits(tmp_path):
    table = opened(tmp_path, "name,place\nŁódź,x\n".encode("iso8859-2"), encoding="latin2")
    assert cells_of(table) == [["Łódź", "x"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_mark_is_no_part_of_the_header_where_the_encoding_is_given(tmp_path, encoding):
    table = opened(tmp_path, ("\ufeff" + TEXT).encode(encoding), encoding=encoding)
    assert table.header == ("name", "place")
    assert cells_of(table) == ROWS


def test_mark_before_a_separator_line(tmp_path):
    table = opened(tmp_path, b"\xef\xbb\xbfsep=;\r\na;b\r\n1;2\r\n")
    assert (table.header, cells_of(table)) == (("a", "b"), [["1", "2"]])


def test_wrong_encoding_is_refused_with_the_byte(tmp_path):
    with pytest.raises(SourceError, match=r"accounts\.csv: is not utf-8 text: byte 15 cannot be read\.") as caught:
        opened(tmp_path, "name,place\nJosé,x\n".encode("cp1252"), encoding="utf8")
    assert "--encoding" in caught.value.advice


def test_wrong_encoding_is_refused_with_the_byte_behind_a_mebibyte(tmp_path):
    content = b"a,b\n" + b"1,2\n" * (1 << 18) + b"\xe9,x\n"
    with pytest.raises(SourceError, match=f"byte {len(content) - 3} cannot be read"):
        opened(tmp_path, content, encoding="utf-8")


def test_half_a_letter_at_the_end_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is not utf-8 text: byte 5 cannot be read"):
        opened(tmp_path, b"a,b\n\xc3", encoding="utf-8")


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "zip", "undefined"])
def test_unknown_encoding_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match=f"--encoding {name}: there is no such encoding"):
        opened(tmp_path, b"a,b\n1,2\n", encoding=name)


def test_binary_junk_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is not cp1252 text: byte 3 cannot be read"):
        opened(tmp_path, b"\x7fE\x81\x8d\xff\xfe\x02")
