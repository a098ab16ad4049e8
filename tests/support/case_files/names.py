"""Files that are not what their name says, archives, and files of other programs."""

from __future__ import annotations

from tests.support.case_files.packages import gzipped, sheet, xlsx, zipped
from tests.support.case_files.rows import HEADER, as_csv, desk, table

_TABLE = table(desk(0, "Zürich"), desk(1))
_TEXT = as_csv(_TABLE)
_BOOK = xlsx({"Accounts": sheet(_TABLE)})
_WORD = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>"})


def _encrypted(content: bytes) -> bytes:
    """An archive whose files are marked as encrypted."""
    return content.replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0").replace(
        b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"
    )


FILES: dict[str, bytes] = {
    "name_table.csv.gz": gzipped(_TEXT.encode()),
    "name_table.tsv.gz": gzipped(as_csv(_TABLE, "\t").encode("utf-16")),
    "name_two_members.gz": gzipped(_TEXT.encode()) + gzipped(as_csv([desk(2)]).encode()),
    "name_cut.csv.gz": gzipped(as_csv(table(*(desk(n) for n in range(50)))).encode())[:-20],
    "name_gz_called.csv": gzipped(_TEXT.encode()),
    "name_zip_called.csv": zipped({"accounts.csv": _TEXT}),
    "name_two_tables.zip": zipped({"berlin.csv": _TEXT, "zurich/desks.tsv": as_csv(table(desk(2), desk(3)), "\t")}),
    "name_table_and_more.zip": zipped(
        {
            "__MACOSX/._accounts.csv": b"\0\5\x16\7",
            "export/": "",
            "export/accounts.csv": _TEXT,
            "export/readme.txt": "All mail accounts, exported on 26 November 2026.\r\n",
            "export/logo.png": b"\x89PNG\r\n\x1a\n",
            "export/empty.csv": "",
        }
    ),
    "name_book_in.zip": zipped({"accounts.xlsx": _BOOK}),
    "name_zip_in.zip": zipped({"accounts.zip": zipped({"accounts.csv": _TEXT})}),
    "name_locked.zip": _encrypted(zipped({"accounts.csv": _TEXT})),
    "name_nothing_in.zip": zipped({"__MACOSX/._accounts.csv": b"x"}),
    "name_empty.zip": zipped({}),
    "name_cut.zip": zipped({"accounts.csv": _TEXT})[:-40],
    "name_book_called.csv": _BOOK,
    "name_book_called.xls": _BOOK,
    "name_text_called.xlsx": _TEXT.encode(),
    "name_text_called.ods": as_csv(_TABLE, ";").encode("cp1252"),
    "name_word_called.csv": _WORD,
    "name_json_called.csv": b'[{"BusinessId": 1000, "DisplayName": "Desk 0"}]',
    "name_json_lines_called.csv": b'{"BusinessId": 1000, "DisplayName": "Desk 0"}\n{"BusinessId": 1000}\n',
    "name_web_page_called.csv": b"<!DOCTYPE html>\n<html><body><table><tr><td>a</td></tr></table></body></html>",
    "name_login_page_called.csv": b"\n\n<!-- session expired -->\n<html><head><title>Sign in</title></head></html>",
    "name_server_error_called.csv": b"<br />\n<b>Warning</b>: mysqli_connect(): no access in /www/export.php\n",
    "name_json_arrays_called.csv": b'[["BusinessId", "DisplayName"], [1000, "Desk 0"]]',
    "name_path_in.zip": zipped({"../../accounts.csv": _TEXT}),
    "name_table_beside_others.zip": zipped({"domains.csv": "Domain,Owner\nexample.com,Anna\n", "accounts.csv": _TEXT}),
    "name_flat.fods": b'<?xml version="1.0" encoding="UTF-8"?>\n<office:document xmlns:office='
    b'"urn:oasis:names:tc:opendocument:xmlns:office:1.0"></office:document>',
    "name_pdf_called.csv": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "name_picture_called.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "name_rtf_called.txt": b"{\\rtf1\\ansi BusinessId}",
    "name_parquet.parquet": b"PAR1" + bytes(range(64)) + b"PAR1",
    "name_sqlite_called.csv": b"SQLite format 3\0" + bytes(84),
    "name_access.mdb": b"\0\1\0\0Standard Jet DB\0" + bytes(84),
    "name_dbase.dbf": b"\x03\x7c\x0b\x1a\x02\0\0\0\x41\0\x20\0" + bytes(84),
    "name_tar.tar": b"accounts.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248),
    "name_bzip2.csv.bz2": b"BZh91AY&SY" + bytes(range(64)),
    "name_xz.csv.xz": b"\xfd7zXZ\0\0\4" + bytes(range(64)),
    "name_zstd.csv.zst": b"\x28\xb5\x2f\xfd\4\0" + bytes(range(64)),
    "name_contacts.vcf": b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Desk 0\r\nEMAIL:desk0@example.com\r\nEND:VCARD\r\n",
    "name_directory.ldif": b"version: 1\n\ndn: cn=Desk 0,dc=example,dc=com\nobjectClass: person\n",
    "name_message.eml": b"From: desk0@example.com\r\nTo: desk1@example.com\r\nSubject: accounts\r\n\r\nBusinessId\r\n",
    "name_dump.sql": b"-- MySQL dump 10.13\n--\nDROP TABLE IF EXISTS `accounts`;\nINSERT INTO `accounts`;\n",
    "name_dump_postgresql.sql": b"--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n",
    "name_dump_copy.sql": b"COPY public.accounts (business_id, error_count) FROM stdin;\n1000\t0\n\\.\n",
    "name_dump_server.sql": b"USE [crm]\r\nGO\r\nINSERT [dbo].[accounts] ([BusinessId]) VALUES (1000)\r\n",
    "name_page_of_excel.xls": b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: multipart/related;\r\n",
    "name_page_utf_16.xls": "\ufeff<html><table><tr><td>BusinessId</td></tr></table></html>".encode("utf-16-le"),
    "name_sylk.slk": b'ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"BusinessId"\r\nE\r\n',
    "name_dif.dif": b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n0,11\r\n""\r\n',
    "name_yaml.yaml": b"---\naccounts:\n  - BusinessId: 1000\n    DisplayName: Desk 0\n",
    "~$accounts.xlsx": b"\x05admin".ljust(165, b" "),
    "name_tar_in.gz": gzipped(b"accounts.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248)),
    "name_gz_in.csv.gz": gzipped(gzipped(_TEXT.encode())),
    "name_book_in.xlsx.gz": gzipped(_BOOK),
    "name_header_only.csv": as_csv([HEADER]).encode(),
    "name_bom_only.csv": b"\xef\xbb\xbf",
    "name_blank_lines_only.csv": b"\r\n\r\n  \r\n,,,\r\n",
    "name_zeros_only.csv": bytes(1024),
    "name_one_word.csv": b"hello",
    "name_empty.csv": b"",
}
