"""Archives and workbooks written byte by byte, the same each time: stored, with one date."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from html import escape
from typing import Any

from tests.support.case_files.rows import Row

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_STRICT = ("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships")

DATE, MOMENT, PERCENT, CURRENCY, ZIP_CODE, TEXT = 1, 2, 3, 4, 5, 6
"""Styles of the workbooks that `xlsx` makes, for a cell's attribute `s`."""

_STYLES = (
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="#,##0.00\\ &quot;€&quot;"/>'
    '<numFmt numFmtId="165" formatCode="00000"/></numFmts><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="7"><xf/>'
    + "".join(f'<xf numFmtId="{n}" applyNumberFormat="1"/>' for n in (14, 22, 9, 164, 165, 49))
    + "</cellXfs>"
)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """An archive of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, one in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            archive.writestr(entry, one)
    return content.getvalue()


def gzipped(content: bytes) -> bytes:
    """What `gzip -0` makes of less than 64 KB, whichever library is at hand."""
    size = len(content)
    stored = b"\x01" + struct.pack("<HH", size, size ^ 0xFFFF) + content
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + stored + struct.pack("<II", zlib.crc32(content), size)


def letters(number: int) -> str:
    """The letters of a column, from 1."""
    return (letters((number - 1) // 26) if number > 26 else "") + chr(ord("A") + (number - 1) % 26)


class Xml(str):
    """A cell's element, or what stands in it and its attributes, as given."""

    __slots__ = ()


def cell(reference: str, value: Any) -> str:
    """A cell of Office Open XML: text, number, boolean, or the element that is given with `{}` for its reference."""
    if isinstance(value, Xml):
        return value.replace("{}", reference)
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value}</v></c>'
    return (
        f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value), quote=False)}</t></is></c>'
    )


def number(value: object, style: int) -> Xml:
    """A number in a format."""
    return Xml(f'<c r="{{}}" s="{style}"><v>{value}</v></c>')


def formula(text: str, value: object = None, kind: str = "") -> Xml:
    """A formula, with the value that was stored if one was."""
    stored = "" if value is None else f"<v>{value}</v>"
    return Xml(f'<c r="{{}}"{f" t={chr(34)}{kind}{chr(34)}" if kind else ""}><f>{escape(text)}</f>{stored}</c>')


def rows_xml(rows: list[Row], first_row: int = 1, first_column: int = 1, hidden: tuple[int, ...] = ()) -> str:
    """The `row` elements of a sheet; `None` is no cell."""
    return "".join(
        f'<row r="{r}"{" hidden=" + chr(34) + "1" + chr(34) if r in hidden else ""}>'
        + "".join(cell(f"{letters(c)}{r}", value) for c, value in enumerate(row, first_column) if value is not None)
        + "</row>"
        for r, row in enumerate(rows, first_row)
    )


def sheet(rows: list[Row] | str, before: str = "", after: str = "", **place: Any) -> str:
    """The part of a sheet, with what stands before and after its rows."""
    data = rows if isinstance(rows, str) else rows_xml(rows, **place)
    return f'<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def xlsx(
    sheets: Mapping[str, str],
    *,
    states: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    properties: str = "",
    shared: str = "",
    strict: bool = False,
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Office Open XML.

    Args:
        sheets: Name to the part of the sheet.
        states: Name to `hidden` or `veryHidden`.
        kinds: Name to `chartsheet` or `macrosheet`, where it is no worksheet.
        properties: Attributes of the workbook's properties.
        shared: Shared strings, as `si` elements.
        strict: Whether the names of ISO 29500 Strict are used.
        more: Other parts.
    """
    related, listed = "", ""
    for n, name in enumerate(sheets, start=1):
        state = (states or {}).get(name, "visible")
        listed += f'<sheet name="{escape(name)}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        kind = (kinds or {}).get(name, "worksheet")
        related += f'<Relationship Id="rId{n}" Type="{_kind(kind)}" Target="{kind}s/sheet{n}.xml"/>'
    related += f'<Relationship Id="rId91" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    related += f'<Relationship Id="rId92" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr {properties}/>'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{_STYLES}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
    }
    for n, (name, part) in enumerate(sheets.items(), start=1):
        files[f"xl/{(kinds or {}).get(name, 'worksheet')}s/sheet{n}.xml"] = part
    files |= more or {}
    return zipped({name: _strictly(one) if strict and isinstance(one, str) else one for name, one in files.items()})


def _kind(kind: str) -> str:
    if kind == "macrosheet":
        return "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    return f"{_OFFICE}/{kind}"


def _strictly(part: str) -> str:
    return part.replace(_MAIN, _STRICT[0]).replace(_OFFICE, _STRICT[1])


_ODF = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
}


def ods_cell(value: Any) -> str:
    """A cell of OpenDocument: text, number, boolean, none, or the element that is given."""
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, Xml):
        return value
    if isinstance(value, bool):
        shown = str(value).lower()
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{shown}"/>'
    if isinstance(value, int | float):
        return ods_typed("float", f'office:value="{value}"', value)
    return ods_typed("string", "", value)


def ods_typed(kind: str, attributes: str, shown: object) -> Xml:
    """A cell of a type, with its value in attributes and the text that it shows."""
    text = escape(str(shown), quote=False)
    return Xml(f'<table:table-cell office:value-type="{kind}" {attributes}><text:p>{text}</text:p></table:table-cell>')


def ods_sheet(name: str, rows: list[Row], before: str = "", after: str = "") -> str:
    """A sheet of OpenDocument, as LibreOffice ends it: with a million blank rows."""
    lines = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows)
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    rest = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    return f'<table:table table:name="{name}">{before}{lines}{after}{rest}</table:table>'


def ods(sheets: str) -> bytes:
    """OpenDocument of these sheets."""
    names = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _ODF.items())
    body = f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml"/></manifest:manifest>'
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {names}>{body}</office:document-content>",
            "META-INF/manifest.xml": manifest,
        }
    )
