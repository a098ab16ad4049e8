# ruff: noqa: RUF001 - letters that look alike are what they are about
"""Text files whose cells hold what people type, copy and export."""

from __future__ import annotations

import unicodedata

from tests.support.case_files.rows import Row, as_csv, desk, table


def _file(*rows: Row, more: tuple[str, ...] = ()) -> bytes:
    return as_csv(table(*rows, more=more)).encode()


def _with(number: int, *cells: object, **changed: object) -> Row:
    return [*desk(number, **changed), *cells]


_NFD = unicodedata.normalize("NFD", "rené@example.com")

FILES: dict[str, bytes] = {
    "cell_control_codes.csv": _file(
        desk(0, "Desk\x1b[31m 0"),
        desk(1, EmailAddress="desk1\x07@example.com"),
        desk(2, IncomingServer="imap.example.com\x1f"),
        desk(3, OutgoingServerUsername="desk\x7f3"),
    ),
    "cell_hangul_filler_and_friends.csv": _file(
        desk(0, EmailAddress="desk0\u3164@example.com"),
        desk(1, EmailAddress="desk1\u2800@example.com"),
        desk(2, EmailAddress="desk2\ufe0f@example.com"),
        desk(3, "Desk \U000e0041 3"),
    ),
    "cell_full_width.csv": _file(
        desk(0, BusinessId="１０００", IncomingServerPort="９９３"),
        desk(1, EmailAddress="desk1＠example.com"),
        desk(2, EmailAddress="ｄｅｓｋ2@example．com"),
        desk(3, "Ｄｅｓｋ　３"),
        desk(4, IncomingServer="imap．example．com"),
    ),
    "cell_digits_of_other_scripts.csv": _file(
        desk(0, IncomingServerPort="٩٩٣"), desk(1, IncomingServerPort="९९३"), desk(2, IncomingServerPort="99²")
    ),
    "cell_scientific.csv": _file(
        desk(0, BusinessId="1E+03"), desk(1, BusinessId="1.00123E+11"), desk(2, IncomingServerPort="9,93E+02")
    ),
    "cell_error_texts.csv": _file(
        desk(0, "#N/A"),
        desk(1, EmailAddress="#REF!"),
        desk(2, IncomingServerPort="#WERT!"),
        desk(3, "########"),
        desk(4, "#1 Desk"),
    ),
    "cell_formulas.csv": _file(
        desk(0, '=HYPERLINK("http://example.com","x")'),
        desk(1, "+49 30 123"),
        desk(2, "-Desk"),
        desk(3, "@SUM(1)"),
        desk(4, "=1+1|cmd"),
    ),
    # How a person makes Excel keep a leading zero.
    "cell_text_formulas.csv": _file(
        desk(0, '="Desk 0"', BusinessId='="1000"'),
        desk(1, IncomingServerPort='="0993"', EmailAddress='="desk1@example.com"'),
    ),
    "cell_no_values.csv": _file(
        _with(0, "NULL", "NULL"),
        _with(1, "N/A", "N/A"),
        _with(2, "-", "-"),
        _with(3, "none", "None"),
        _with(4, "nan", "nan"),
        _with(5, "n.a.", "?"),
        more=("ReplyToEmail", "Active"),
    ),
    "cell_blank_required.csv": _file(desk(0, ""), desk(1, " \t "), desk(2, "\u00a0"), desk(3, "\u200b", BusinessId="")),
    "cell_composed_and_not.csv": _file(
        desk(0, EmailAddress="rené@example.com"), desk(1, EmailAddress=_NFD), desk(2, "Ame\u0301lie")
    ),
    "cell_look_alikes.csv": _file(
        desk(0, EmailAddress="d\u0435sk0@example.com"),
        desk(1, EmailAddress="дом@пример.рф"),
        desk(2, IncomingServer="im\u0430p.example.com"),
    ),
    "cell_international_hosts.csv": _file(
        desk(0, EmailAddress="desk@müller.example", IncomingServer="imap.müller.example"),
        desk(1, EmailAddress="desk@xn--mller-kva.example", IncomingServer="xn--mller-kva.example"),
        desk(2, EmailAddress="用户@例子.测试", IncomingServer="imap.例子.测试"),
    ),
    "cell_hosts_with_more.csv": _file(
        desk(0, IncomingServer="imap.example.com:993"),
        desk(1, IncomingServer="https://imap.example.com"),
        desk(2, IncomingServer="imap.example.com/"),
        desk(3, IncomingServer="imap.example.com (SSL)"),
        desk(4, IncomingServer="imap example.com"),
        desk(5, IncomingServer="192.0.2.1"),
        desk(6, IncomingServer="[2001:db8::1]"),
        desk(7, IncomingServer="localhost"),
    ),
    "cell_hosts_almost.csv": _file(
        *(
            desk(n, IncomingServer=host)
            for n, host in enumerate(
                (
                    "'imap.example.com",
                    '"imap.example.com"',
                    "imap..example.com",
                    "-imap.example.com",
                    "192.0.2.300",
                    "993",
                    "<imap.example.com>",
                    "imap.example.com;",
                    "imap,example.com",
                    "imap.example.com\u2026",
                    "imap_1.example.com",
                    "imap.example.com.",
                    "mailhost",
                    "2001:db8::1",
                )
            )
        )
    ),
    "cell_addresses_almost.csv": _file(
        *(
            desk(n, EmailAddress=address)
            for n, address in enumerate(
                (
                    "=a0@example.com",
                    "#a1@example.com",
                    "a2@example.com#",
                    "\u2022a3@example.com",
                    "\u2014a4@example.com",
                    "a5@example.com/",
                    "{a6@example.com}",
                    "a7@example.com's",
                    "a8@example.com?subject=x",
                    "a9.@example.com",
                    "a..10@example.com",
                    "a11@-example.com",
                    "a12@exam_ple.com",
                    "a13@192.0.2.1",
                    "SMTP:a14@example.com",
                    "mail to: a15@example.com",
                    "a16@example.com - Anna",
                    "a17@example,com",
                    "a18@ex ample.com",
                    "a19@example.com\u2026",
                    "a20@example.com/b20@example.com",
                    "+49301234567@example.com",
                    "!all@example.com",
                    "bounces=a.example@example.com",
                )
            )
        )
    ),
    "cell_user_names.csv": _file(
        desk(0, IncomingServerUsername="de\u200bsk0"),
        desk(1, OutgoingServerUsername="Front\u00a0Desk"),
        desk(2, IncomingServerUsername="mailto:desk2@example.com"),
        desk(3, OutgoingServerUsername="OFFICE\\desk 3"),
    ),
    "cell_addresses_with_lines.csv": _file(
        desk(0, EmailAddress="desk0@example.com\r\n"),
        desk(1, EmailAddress="desk1@example.com\nfront@example.com"),
        desk(2, EmailAddress="desk2@\nexample.com"),
        desk(3, EmailAddress="Desk <desk3@example.com>"),
        desk(4, EmailAddress="[desk4@example.com](mailto:desk4@example.com)"),
        desk(5, EmailAddress="desk5(at)example.com"),
        desk(6, EmailAddress="desk6@example.com "),
        desk(7, EmailAddress="'desk7@example.com'"),
    ),
    "cell_emoji.csv": _file(desk(0, "Desk 👩‍💻🇨🇭"), desk(1, "❤️ Desk"), desk(2, EmailAddress="☕@example.com")),
    "cell_right_to_left.csv": _file(
        desk(0, "\u200fמשרד"), desk(1, "\u202eDesk\u202c"), desk(2, EmailAddress="\u200edesk2@example.com")
    ),
    "cell_ports_as_written.csv": _file(
        desk(0, IncomingServerPort="993 (SSL)"),
        desk(1, IncomingServerPort="143/993"),
        desk(2, IncomingServerPort="SSL"),
        desk(3, IncomingServerPort="0993"),
        desk(4, IncomingServerPort="993."),
        desk(5, IncomingServerPort="993,00"),
        desk(6, IncomingServerPort="+993"),
        desk(7, IncomingServerPort="−993"),
        desk(8, IncomingServerPort="5-"),
        desk(9, IncomingServerPort="99 3"),
    ),
    "cell_markup.csv": _file(
        desk(0, "<b>Desk</b> &amp; more"), desk(1, "Caf&eacute;"), desk(2, "<script>alert(1)</script>")
    ),
    "cell_words_of_many_languages.csv": _file(
        *(
            _with(n, word)
            for n, word in enumerate(("ja", "nein", "oui", "sí", "да", "Так", "是", "✓", "☑", "x", "WAHR", "-1"))
        ),
        more=("Active",),
    ),
    "cell_dates_of_many_programs.csv": _file(
        *(
            _with(n, date)
            for n, date in enumerate(
                (
                    "2026-10-31",
                    "2026-10-31T14:05:00+02:00",
                    "20261031",
                    "31.10.2026 14:05",
                    "10/31/2026",
                    "31-Oct-26",
                    "Sat, 31 Oct 2026 14:05:00 +0200",
                    "2026年10月31日",
                    "1793455500",
                    "46326.5868",
                    "2026-10-31 2:05 PM",
                    "2026-02-30",
                    "0000-00-00 00:00:00",
                    "/Date(1793455500000)/",
                    "never",
                )
            )
        ),
        more=("LastCheckTime",),
    ),
    "cell_smart_quotes.csv": _file(
        desk(0, "“Desk”"), desk(1, EmailAddress="“desk1@example.com”"), desk(2, IncomingServerPort="’993")
    ),
    "cell_tabs_and_blanks.csv": _file(
        desk(0, "Desk\t0"), desk(1, "  Desk  1  "), desk(2, EmailAddress="desk2@exa mple.com")
    ),
}
