"""A run's warnings in the order of its sources: what is odd about a header stands before what is odd about its rows.

May import `reports.base` and `pipeline.model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.model.rows import RowResult
    from pipeline.reports.base import ReportContext


class WarningList:
    """Hands out each warning once, with its place.

    Args:
        context: The run.
    """

    def __init__(self, context: ReportContext) -> None:
        self._context = context
        self._headers_told = 0

    def until(self, end: RowResult) -> Iterator[Mapping[str, Any]]:
        """The warnings about a row, behind those about headers that come before it: its place, then its finding."""
        yield from self._about_headers(end.ref.source)
        for warning in end.warnings:
            yield {"Row": end.ref.row, "Source": self._context.run.label_of(end.ref.source), **warning}

    def rest(self) -> Iterator[Mapping[str, Any]]:
        """The warnings about headers that no row came after."""
        yield from self._about_headers(len(self._context.run.sources))

    def _about_headers(self, until: int) -> Iterator[Mapping[str, Any]]:
        while self._headers_told < until:
            self._headers_told += 1
            header = self._context.headers.get(self._headers_told)
            for notice in header.notices if header else ():
                place = {"Row": header.row if header else 1, "Source": self._context.run.label_of(self._headers_told)}
                yield {**place, **notice.with_code()}
