"""Text files in the encodings that spreadsheet programs write."""

import codecs
import gzip
import random

import pytest

from pipeline.cli.hints import hint_of
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
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-32-le"),
        (b"", "utf-32-be"),
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
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
    assert "--encoding" in hint_of(caught.value)


def test_wrong_encoding_is_refused_with_the_byte_behind_a_mebibyte(tmp_path):
    content = b"a,b\n" + b"1,2\n" * (1 << 18) + b"\xe9,x\n"
    with pytest.raises(SourceError, match=f"byte {len(content) - 3} cannot be read"):
        opened(tmp_path, content, encoding="utf-8")


@pytest.mark.parametrize("name", ["utf-16", "UTF_16", "utf-32"])
def test_what_is_no_utf_16_is_refused_as_none(tmp_path, name):
    with pytest.raises(SourceError, match=r"accounts\.csv: is not utf-(16|32) text: byte 1 cannot be read\.") as caught:
        opened(tmp_path, "name,place\nJosé,x\n".encode(), encoding=name)
    assert "--encoding" in hint_of(caught.value)


@pytest.mark.parametrize("name", ["utf-16", "utf-32"])
@pytest.mark.parametrize("order", ["", "-le", "-be"])
def test_utf_16_is_read_as_such_with_a_mark_and_without(tmp_path, name, order):
    table = opened(tmp_path, "name,place\nJosé,x\n".encode(name + order), encoding=name)
    assert (table.header, cells_of(table)) == (("name", "place"), [["José", "x"]])


def test_half_a_letter_at_the_end_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is not utf-8 text: byte 5 cannot be read"):
        opened(tmp_path, b"a,b\n\xc3", encoding="utf-8")


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "zip", "undefined", "idna", "punycode"])
def test_unknown_encoding_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match=f"There is no encoding {name}"):
        opened(tmp_path, b"a,b\n1,2\n", encoding=name)


def test_binary_junk_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is not text in any encoding that is known here"):
        opened(tmp_path, b"\x7fE\x81\x8d\xff\xfe\x02")


# -- guesses -----------------------------------------------------------------------------------------------------

NAMES = {
    "cp1251": "Фить Москва|Иван Петров|Мария Соколова|Ресепшн Центр|Склад №2|Отдел продаж|Бухгалтерия|Пётр Кузнецов",
    "koi8_u": "Київ приймальня|Львів офіс|Їжак Євген|Ґанок",
    "koi8_r": "Фить Москва|Иван Петров|Мария Соколова|Ресепшн Центр|Склад|Отдел продаж|Бухгалтерия|Пётр Кузнецов",
    "cp932": "東京ヘルプ|山田太郎|大阪支店 受付|鈴木 花子|サポートデスク|総務部|横浜オフィス|会議室予約|佐藤健|札幌",
    "euc_jp": "東京ヘルプ|山田太郎|大阪支店 受付|鈴木 花子|サポートデスク|総務部|横浜オフィス|会議室予約|佐藤健|札幌",
    "cp1250": "Łukasz Żak|Kraków Główny|Małgorzata Wiśniewska|Recepcja Łódź|Dział sprzedaży|Księgowość|Święta Góra",
    "gb18030": "北京办公室|王伟|上海前台|李娜|客户服务|财务部|深圳会议室|张敏|广州|技术支持",
    "big5": "台北辦公室|王偉|高雄櫃台|李娜|客戶服務|財務部|會議室|張敏|台中|技術支援",
    "cp949": "서울 사무실|김철수|부산 안내|이영희|고객 지원|재무부|회의실|박민수|대구|기술 지원",
    "cp1252": "José Müller|Zürich Büro|Café Orléans|François Lefèvre|Åsa Öberg|São Paulo recepção|Niño Peña|Étage 2",
    "cp1253": "Γραφείο Αθήνα|Γιώργος Παπαδόπουλος|Μαρία|Υποδοχή|Θεσσαλονίκη",
}


def listed(encoding, rows, seed):
    names = random.Random(seed).choices(NAMES[encoding].split("|"), k=rows)
    lines = [f"1000,{name},desk{n}@example.com,993" for n, name in enumerate(names)]
    return names, "\r\n".join(["Id,Name,Address,Port", *lines, ""]).encode(encoding)


def notices_of(table):
    return [(notice.code, notice.message) for notice in table.notices]


@pytest.mark.parametrize("encoding", NAMES)
@pytest.mark.parametrize("rows", [3, 10, 100])
def test_other_encodings_are_guessed_and_the_guess_is_said(tmp_path, encoding, rows):
    for seed in range(5):
        names, content = listed(encoding, rows, seed)
        table = opened(tmp_path, content)
        assert [cells[1] for cells in cells_of(table)] == names
        ((code, message),) = notices_of(table)
        assert code == "encoding"
        assert any(repr(name) in message for name in names)
        assert message.endswith("another can be given")


def test_a_guess_shows_a_cell_and_what_else_it_might_be(tmp_path):
    table = opened(tmp_path, "Id,Name\n1,Desk\n2,Фить Москва\n".encode("cp1251"))
    ((_, message),) = notices_of(table)
    assert message.startswith("the file is read as windows-1251, a guess: 'Фить Москва' (as ")
    assert table.notices[0].value == "Фить Москва"


@pytest.mark.parametrize("encoding", ["cp1251", "cp932", "cp1252"])
def test_nothing_is_guessed_where_the_encoding_is_given(tmp_path, encoding):
    names, content = listed(encoding, 3, 1)
    table = opened(tmp_path, content, encoding=encoding)
    assert ([cells[1] for cells in cells_of(table)], table.notices) == (names, ())


# -- files that are UTF-8 for the most part ----------------------------------------------------------------------


def defects_of(table):
    return [(b.rows[d.position], d.column, d.value, d.warning) for b in table.batches() for d in b.defects]


def test_rows_in_another_encoding_are_read_one_by_one_with_a_warning_each(tmp_path):
    lines = [
        b"a,b",
        "1,Café".encode(),
        "2,Café".encode("cp1252"),
        "3,Zoë".encode(),
        "4,Müller".encode("cp1252"),
    ]
    table = opened(tmp_path, b"\n".join(lines))
    assert cells_of(table) == [["1", "Café"], ["2", "Café"], ["3", "Zoë"], ["4", "Müller"]]
    assert defects_of(table) == [(3, None, "Café", True), (5, None, "Müller", True)]
    ((_, message),) = notices_of(table)
    assert message.startswith("rows that are not UTF-8 are read as windows-1252, a guess: 'Café'")


def test_a_few_rows_of_utf_8_in_a_file_of_another_encoding_stay_utf_8(tmp_path):
    lines = [b"a,b", *(["1,Müller und Söhne".encode("cp1252")] * 50), "2,Café".encode()]
    table = opened(tmp_path, b"\n".join(lines))
    assert cells_of(table) == [["1", "Müller und Söhne"]] * 50 + [["2", "Café"]]


@pytest.mark.parametrize("torn", [b"Zo\xc3 B\xc3\xbcro", b"Zo\xc3", b"\xe6\x9d\xb1\xe4\xba"])
def test_a_letter_that_was_cut_is_a_finding_of_its_cell_only(tmp_path, torn):
    content = b"a,b\n1," + torn + b"\n2,Zo\xc3\xab\n3,B\xc3\xbcro,\n4,x\n"
    table = opened(tmp_path, content)
    shown = torn.decode("utf-8", "backslashreplace")
    assert cells_of(table) == [["1", shown], ["2", "Zoë"], ["3", "Büro"], ["4", "x"]]
    assert defects_of(table) == [(2, 1, shown, False)]
    assert "\\x" in shown
    assert table.notices == ()


def test_bad_bytes_far_behind_the_head_cost_their_own_rows(tmp_path):
    good = "1,Zoë\n".encode() * 900_000
    table = opened(tmp_path, b"a,b\n" + good + b"2,Zo\xc3 \xc3\xab\n3,x\n")
    *_, last = table.batches()
    assert last.frame.iloc[-2:].to_numpy().tolist() == [["2", "Zo\\xc3 ë"], ["3", "x"]]
    assert [last.rows[d.position] for d in last.defects] == [900_002]


def test_a_header_in_another_encoding_than_the_rows_is_read_like_them(tmp_path):
    table = opened(tmp_path, "Straße,b\n".encode("cp1252") + "1,Zoë Müller\n2,Zoë\n".encode())
    assert (table.header, cells_of(table)) == (("Straße", "b"), [["1", "Zoë Müller"], ["2", "Zoë"]])
