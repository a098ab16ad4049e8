# ruff: noqa: RUF001 - as people write them
"""Files in the encodings that programs write by themselves, and files in which encodings went wrong."""

from __future__ import annotations

from tests.support.case_files.rows import as_csv, desk, desks, table

_TWO = as_csv(table(*desks("Zürich Süd", "Café Éloïse")))


def _in(encoding: str, *names: str, **dialect: str) -> bytes:
    return as_csv(table(*desks(*names)), **dialect).encode(encoding)


FILES: dict[str, bytes] = {
    # Excel on a Mac, "CSV (Macintosh)": lines end in a lone CR.
    "enc_mac_roman.csv": _in("mac-roman", "Büro Zürich", "Café Éloïse", "Señor Peña", delimiter=";", end="\r"),
    "enc_cp1250_polish.csv": _in("cp1250", "Biuro Łódź", "Księgowość Poznań", "Desk 2", delimiter=";"),
    "enc_cp1250_czech.csv": _in("cp1250", "Kancelář Žižkov", "Účtárna Plzeň", "Příjem pošty", delimiter=";"),
    "enc_cp1253.csv": _in("cp1253", "Γραφείο Αθήνα", "Υποδοχή", "Λογιστήριο", delimiter=";"),
    "enc_cp1254.csv": _in("cp1254", "Şişli Ofisi", "İstanbul Muhasebe", "Görüşme Odası", delimiter=";"),
    "enc_cp1255.csv": _in("cp1255", "משרד תל אביב", "קבלה"),
    "enc_cp1256.csv": _in("cp1256", "مكتب القاهرة", "الاستقبال"),
    "enc_cp1257.csv": _in("cp1257", "Šiaulių biuras", "Rīgas birojs", "Tallinna töölaud", delimiter=";"),
    # An old Linux program whose locale has the euro sign.
    "enc_iso_8859_15.csv": _in("iso-8859-15", "Büro 50 € am Tag", "Cœur de ville", end="\n"),
    "enc_iso_8859_2.csv": _in("iso-8859-2", "Księgowość Śródmieście", "Žižkov škola", "Gdańsk", end="\n"),
    "enc_koi8_r.csv": _in("koi8-r", "Офис Москва", "Бухгалтерия", end="\n"),
    # Programs of the DOS box: accounting, FoxPro.
    "enc_cp866.csv": _in("cp866", "Офис Москва", "Бухгалтерия", "Приёмная", delimiter=";"),
    "enc_cp850.csv": _in("cp850", "Büro Zürich", "Größe Süd", "Café", delimiter=";"),
    "enc_cp852.csv": _in("cp852", "Kancelář Žižkov", "Účtárna Plzeň", "Příjem pošty", delimiter=";"),
    "enc_gb18030.csv": _in("gb18030", "北京办公室", "上海前台", "会议室"),
    "enc_big5.csv": _in("big5", "台北辦公室", "會議室", "櫃檯服務"),
    "enc_euc_kr.csv": _in("euc-kr", "서울 사무실", "회의실", "안내 데스크"),
    "enc_euc_jp.csv": _in("euc-jp", "東京オフィス", "受付", "会議室"),
    # Japanese mail programs: seven bits, with escapes.
    "enc_iso_2022_jp.csv": _in("iso-2022-jp", "東京オフィス", "受付", "会議室"),
    # Excel, "Unicode Text": UTF-16 with a mark, tabs, called .txt.
    "enc_unicode_text.txt": _in("utf-16", "Zürich Süd", "東京", delimiter="\t"),
    "enc_utf_16_le_unmarked.csv": _in("utf-16-le", "Zürich Süd", "東京"),
    "enc_utf_16_be_marked.csv": "\ufeff".encode("utf-16-be") + _in("utf-16-be", "Zürich Süd", "東京"),
    "enc_utf_16_be_unmarked.csv": _in("utf-16-be", "Zürich Süd", "東京"),
    # A file that was cut, or to which a program has added a byte.
    "enc_utf_16_odd_byte.csv": _in("utf-16", "Zürich Süd", "東京") + b"\n",
    "enc_utf_32_le_marked.csv": _in("utf-32", "Zürich Süd", "東京"),
    "enc_utf_32_be_unmarked.csv": _in("utf-32-be", "Zürich Süd", "東京"),
    "enc_utf_7_marked.csv": b"+/v8-" + _in("utf-7", "Zürich Süd", "東京"),
    # Two exports with a mark each, joined by `copy a.csv + b.csv`.
    "enc_bom_in_the_middle.csv": _in("utf-8-sig", "Zürich", "Genf")
    + as_csv(table(desk(2, "Basel"), desk(3, "Bern"))).encode("utf-8-sig"),
    "enc_two_boms.csv": ("\ufeff\ufeff" + _TWO).encode(),
    "enc_quoted_bom.csv": ("\ufeff" + as_csv(table(*desks("Zürich")), quoting=1)).encode(),
    # The mark says UTF-8, the rows are Windows-1252: a program that writes marks by default.
    "enc_bom_but_cp1252.csv": b"\xef\xbb\xbf" + _TWO.encode("cp1252"),
    # UTF-8 that was read as Windows-1252 and saved as UTF-8.
    "enc_mojibake.csv": (_TWO.encode().decode("cp1252") + as_csv([desk(2, "Müller")])).encode(),
    # A program that could not read the letters has put in U+FFFD.
    "enc_lost_letters.csv": as_csv(table(*desks("Z\ufffdrich S\ufffdd", "Desk 1"))).encode(),
    # Excel's "CSV (comma delimited)" has no sign for letters that are not of the country's own encoding.
    "enc_question_marks.csv": as_csv(table(*desks("?????", "B?ro 1", "Desk 2?"))).encode(),
    # Java and Oracle write characters beyond U+FFFF as two halves (CESU-8).
    "enc_cesu_8.csv": as_csv(table(*desks("Desk \ud83d\ude00", "Zürich"))).encode("utf-8", "surrogatepass"),
    # A file that was cut in two by characters, not by letters.
    "enc_half_a_letter_utf_16.csv": _in("utf-16", "Desk \u2603", "Zürich").replace(
        "\u2603".encode("utf-16-le"), b"\x3d\xd8"
    ),
    "enc_codes_in_text.csv": as_csv(
        table(*desks("Z\\u00fcrich", "Caf%C3%A9", "=?UTF-8?B?WsO8cmljaA==?=", "50 % off", "C:\\users"))
    ).encode(),
    # A machine that died while it wrote: the rest of the last block is zeros.
    "enc_zeros_at_the_end.csv": _TWO.encode() + bytes(512),
}
