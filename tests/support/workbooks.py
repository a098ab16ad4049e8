"""Workbooks as programs write them, made for a test: by the libraries of each format, and byte by byte."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

Rows = Sequence[Sequence[Any]]


class Error(str):
    """The text of an error cell."""

    __slots__ = ()


NA, DIV = Error("#N/A"), Error("#DIV/0!")
_XLS_CODES = {NA: 0x2A, DIV: 0x07}
_XLS_FORMATS = {dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.date: "yyyy-mm-dd", dt.time: "hh:mm:ss"}


# -- by the libraries of each format -----------------------------------------------------------------------------


def xlsx(path: Path, sheets: Mapping[str, Rows], change: Callable[[openpyxl.Workbook], object] | None = None) -> None:
    """Office Open XML, by openpyxl; `change` may do to the book what it likes before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                if value is not None:
                    cell = sheet.cell(r, c, str(value) if isinstance(value, Error) else value)
                    if isinstance(value, str) and not value.startswith("="):  # openpyxl guesses from the text
                        cell.data_type = "e" if isinstance(value, Error) else "s"
    if change:
        change(book)
    book.save(path)


def xls(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Excel 97, by xlwt."""
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, Error):
                    sheet.row(r).set_cell_error(c, _XLS_CODES[value])
                elif type(value) in _XLS_FORMATS:
                    sheet.write(r, c, value, xlwt.easyxf(num_format_str=_XLS_FORMATS[type(value)]))
                elif value is not None:
                    sheet.write(r, c, value)
    book.save(str(path))


def ods(path: Path, sheets: Mapping[str, Rows]) -> None:
    """OpenDocument, by odfpy; errors are marked as LibreOffice marks them, which odfpy does not know."""
    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                line.addElement(_ods_cell(value))
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))
    rewrite(path, "content.xml", _mark_errors)


def _ods_cell(value: Any) -> Any:
    if value is None:
        return TableCell()
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=value)
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, dt.time):
        return TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))
    cell = TableCell(valuetype="string", stylename="error" if isinstance(value, Error) else None)
    for text in value.split("\n"):
        cell.addElement(P(text=text))
    return cell


def _mark_errors(text: str) -> str:
    namespace = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    text = text.replace('table:style-name="error"', 'calcext:value-type="error"')
    return text.replace("<office:document-content", f"<office:document-content {namespace}")


WRITERS: dict[str, Callable[..., None]] = {"xlsx": xlsx, "xlsm": xlsx, "xls": xls, "ods": ods}


def rewrite(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Changes the text of one part of a zipped workbook."""
    source = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()).encode() if name == part else content)


# -- byte by byte ------------------------------------------------------------------------------------------------

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = f'xmlns="{_MAIN}" xmlns:r="{_OFFICE}"'
_STYLES = (
    f'<styleSheet {_NAMESPACES}><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm:ss"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="22"/>'
    '<xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)
DATE_AND_TIME, DATE, HOURS = 1, 2, 3
"""Styles of the workbooks that `raw_xlsx` makes, for a cell's attribute `s`."""


def text_cell(text: str, reference: str = "") -> str:
    """A cell of text in Office Open XML."""
    return f'<c{_ref(reference)} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def number_cell(number: object, reference: str = "", style: int = 0) -> str:
    """A cell of a number in Office Open XML."""
    return f'<c{_ref(reference)} s="{style}"><v>{number}</v></c>'


def _ref(reference: str) -> str:
    return f' r="{reference}"' if reference else ""


def text_rows(*rows: Sequence[str]) -> str:
    """Rows of text in Office Open XML."""
    return "".join(f"<row>{''.join(text_cell(cell) for cell in row)}</row>" for row in rows)


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    """The part of a sheet."""
    return f"<worksheet {_NAMESPACES}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def raw_xlsx(
    path: Path,
    sheets: Mapping[str, str],
    *,
    states: Mapping[str, str] | None = None,
    properties: str = "",
    calculation: str = "",
    shared: str = "",
) -> None:
    """Office Open XML as given.

    Args:
        path: Where it goes.
        sheets: Name to the part of the sheet.
        states: Name to `hidden` or `veryHidden`.
        properties: Attributes of the workbook's properties, such as `date1904="1"`.
        calculation: The workbook's `calcPr` element.
        shared: Shared strings, as `si` elements.
    """
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" state="{(states or {}).get(name, "visible")}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    related += f'<Relationship Id="rId901" Type="{kind}/styles" Target="styles.xml"/>'
    related += f'<Relationship Id="rId902" Type="{kind}/sharedStrings" Target="sharedStrings.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{kind}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f"<workbook {_NAMESPACES}><workbookPr {properties}/><sheets>{listed}</sheets>{calculation}</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{related}</Relationships>'
        )
        archive.writestr("xl/styles.xml", _STYLES)
        archive.writestr("xl/sharedStrings.xml", f"<sst {_NAMESPACES}>{shared}</sst>")
        for n, part in enumerate(sheets.values(), start=1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", part)


_ODF = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
}
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def ods_text(text: str, attributes: str = "") -> str:
    """A cell of text in OpenDocument."""
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>'


def ods_row(*cells: str, attributes: str = "") -> str:
    """A row in OpenDocument."""
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods_sheet(name: str, *rows: str, attributes: str = "") -> str:
    """A sheet in OpenDocument."""
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


def raw_ods(path: Path, sheets: str, *, styles: str = "", kind: str = ODS_TYPE, encrypted: bool = False) -> None:
    """OpenDocument as given."""
    namespaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _ODF.items())
    encryption = "<manifest:encryption-data/>" if encrypted else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f"<office:document-content {namespaces}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="content.xml">{encryption}</manifest:file-entry>'
            "</manifest:manifest>",
        )


def compound_file(path: Path, streams: Mapping[str, bytes]) -> None:
    """An OLE compound file, as Office 97 and encrypted Office Open XML use it, with these streams."""
    sector, free, end, fat_mark = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    bodies = [content.ljust(-(-max(len(content), 4096) // sector) * sector, b"\0") for content in streams.values()]
    starts, fat = [], []
    for body in bodies:
        starts.append(len(fat))
        count = len(body) // sector
        fat += [*range(len(fat) + 1, len(fat) + count), end]
    directory = _entry("Root Entry", 5, end, 0, 1) + b"".join(
        _entry(name, 2, start, len(body), free if n == len(starts) else n + 1)
        for n, (name, start, body) in enumerate(zip(streams, starts, bodies, strict=True), start=1)
    )
    directory = directory.ljust(-(-len(directory) // sector) * sector, b"\0")
    directory_at = len(fat)
    fat += [*range(len(fat) + 1, len(fat) + len(directory) // sector), end, fat_mark]
    assert len(fat) <= sector // 4, "one sector of the allocation table is all that tests need"
    fat += [free] * (sector // 4 - len(fat))
    fat_at = directory_at + len(directory) // sector
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIIII", 1, directory_at, 0, 4096, end, 0, end, 0, fat_at)
    header += struct.pack("<I", free) * 108
    path.write_bytes(header + b"".join(bodies) + directory + struct.pack(f"<{sector // 4}I", *fat))


def _entry(name: str, kind: int, start: int, size: int, sibling: int) -> bytes:
    """A directory's entry; siblings hang in a chain, each the right child of the one before."""
    text = name.encode("utf-16-le") + b"\0\0"
    child = 1 if kind == 5 else 0xFFFFFFFF
    right = 0xFFFFFFFF if kind == 5 else sibling
    body = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child)
    return body + bytes(36) + struct.pack("<IQ", start, size)
