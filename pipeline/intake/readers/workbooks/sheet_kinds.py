"""Sheets of kinds that fastexcel does not know: old macros, for which it refuses the workbook as a whole.

May import `ooxml`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.intake.readers.workbooks.ooxml import BOOK, RELATIONS, elements, relation_of

if TYPE_CHECKING:
    from zipfile import ZipFile

_KNOWN = ("/worksheet", "/chartsheet", "/dialogsheet")
_CHART = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartsheet"


def relations_of_known_kinds(archive: ZipFile) -> bytes | None:
    """The workbook's list of its parts, in which sheets of unknown kinds are charts; `None` where there are none."""
    content = archive.read(RELATIONS)
    sheets = {relation_of(one) for one in elements(archive.read(BOOK), "sheet")}
    kinds = {r["Type"] for r in elements(content, "Relationship") if r["Id"] in sheets}
    unknown = [kind for kind in kinds if not kind.endswith(_KNOWN)]
    for kind in unknown:
        content = re.sub(rb'"%s"' % re.escape(kind.encode()), b'"%s"' % _CHART, content)
    return content if unknown else None
