"""A mapping file: TOML that says which column is for which field, and how its values are read.

Everything that the endpoint alone can tell is checked here, before any source is opened; every mistake is named with
its line. May import `schemas`, `pipeline.model`, `pipeline.errors` and `mapping`'s other modules.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, ConfigurationError
from pipeline.intake.mapping.key_lines import KeyLines, KeyPath
from pipeline.intake.mapping.names import folded, nearest
from pipeline.intake.mapping.reading import reading_options
from pipeline.intake.mapping.templates import checked_template
from pipeline.intake.mapping.transform_forms import normal_form
from pipeline.intake.mapping.value_texts import checked_text, text_of
from pipeline.model.config import ReadOptions
from pipeline.model.mapping import ColumnChoice, FieldMapping, Template

if TYPE_CHECKING:
    from pipeline.model.mapping import Transform
    from schemas.endpoint import Endpoint, Field

TABLES = ("reading", "columns", "templates", "transforms", "values", "defaults", "constants")
"""The tables of a mapping file."""


@dataclass(frozen=True, kw_only=True)
class MappingFile:
    """What a mapping file says.

    Attributes:
        mapping: Of columns and fields.
        reading: Of how sources are read.
    """

    mapping: FieldMapping
    reading: ReadOptions


def read_mapping_file(path: Path, endpoint: Endpoint) -> MappingFile:
    """Reads a mapping file and checks it against the endpoint.

    Raises:
        ConfigurationError: It cannot be read, is not TOML, or says what does not fit; all mistakes are named at once.
    """
    text = _text(path)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = _syntax_error(path, text, error)
        raise ConfigurationError(Code.MAPPING_FILE_SYNTAX, told, path=str(path)) from None
    reader = _Reader(path=path, endpoint=endpoint, lines=KeyLines(text), mistakes=[])
    read = reader.read(found)
    if reader.mistakes:
        mistakes = [f"{path}, line {line}: {mistake}." for line, mistake in sorted(reader.mistakes)]
        told = "\n".join(mistakes)
        raise ConfigurationError(Code.MAPPING_FILE_INVALID, told, path=str(path), mistakes=mistakes)
    return read


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        message, reason = f"{path}: cannot be read ({error.strerror}).", error.strerror
        raise ConfigurationError(Code.MAPPING_FILE_UNREADABLE, message, path=str(path), reason=reason) from None
    except UnicodeDecodeError:
        message = f"{path}: is not UTF-8 text."
        raise ConfigurationError(Code.MAPPING_FILE_NOT_UTF8, message, path=str(path)) from None


def _syntax_error(path: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    placed = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error))
    if placed:
        return f"{path}, line {placed[2]}: {placed[1]} (column {placed[3]})."
    reason = str(error).removesuffix(" (at end of document)")
    return f"{path}, line {len(text.rstrip().splitlines()) or 1}: {reason} (at the end of the file)."


@dataclass(kw_only=True)
class _Reader:
    """Reads the tables one by one and gathers the mistakes, each with its line."""

    path: Path
    endpoint: Endpoint
    lines: KeyLines
    mistakes: list[tuple[int, str]]

    def read(self, found: Mapping[str, Any]) -> MappingFile:
        for name in found:
            if name not in TABLES:
                self._say((name,), f"{name!r} is not a table of a mapping file; {_known(name, TABLES)}")
        tables = {name: self._table(found, name) for name in TABLES}
        mapping = FieldMapping(
            columns=self._columns(tables["columns"]),
            templates=dict(self._templates(tables["templates"])),
            transforms=dict(self._transforms(tables["transforms"])),
            values=dict(self._translations(tables["values"])),
            defaults=dict(self._texts("defaults", tables["defaults"])),
            constants=dict(self._texts("constants", tables["constants"])),
        )
        self._several_sources(tables)
        reading = reading_options(tables["reading"], lambda key, told: self._say(("reading", key), told))
        return MappingFile(mapping=mapping, reading=reading)

    def _say(self, path: KeyPath, mistake: str) -> None:
        self.mistakes.append((self.lines.line_of(path), mistake))

    def _place(self, path: KeyPath) -> str:
        return f"{self.path}, line {self.lines.line_of(path)}"

    def _table(self, found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = found.get(name, {})
        if isinstance(table, dict):
            return table
        self._say((name,), f"{name} is not a table; write [{name}] on a line of its own and its keys below")
        return {}

    def _field(self, path: KeyPath, name: str) -> Field | None:
        known = {folded(f.name): f for f in self.endpoint.fields}.get(folded(name))
        if known is None:
            hint = nearest(name, [f.name for f in self.endpoint.fields])
            self._say(path, f"{name!r} is not a field" + (f"; the nearest is {hint!r}" if hint else ""))
        return known

    def _fields(self, name: str, table: Mapping[str, Any]) -> Iterator[tuple[Field, KeyPath, Any]]:
        """The entries of a table whose keys are fields, each field once."""
        seen: set[str] = set()
        for key, value in table.items():
            field = self._field((name, key), key)
            if field is not None and field.name in seen:
                self._say((name, key), f"{field.name} is given twice in [{name}]")
            elif field is not None:
                seen.add(field.name)
                yield field, (name, key), value

    def _columns(self, table: Mapping[str, Any]) -> tuple[ColumnChoice, ...]:
        choices: dict[str, ColumnChoice] = {}
        for header, name in table.items():
            path = ("columns", header)
            if not isinstance(name, str):
                self._say(path, f'{header!r} = {name!r}: is not the name of a field; "" leaves the column out')
                continue
            field = self._field(path, name) if name.strip() else None
            if name.strip() and field is None:
                continue
            if folded(header) in choices:
                self._say(path, f"the column {header!r} is given twice")
            choice = ColumnChoice(header=header, field=field.name if field else "", place=self._place(path))
            twin = next((one for one in choices.values() if field and one.field == field.name), None)
            if twin is not None:
                told = f"{choice.field} is for {twin.header!r} already; [templates] put several columns together"
                self._say(path, told)
            choices[folded(header)] = choice
        return tuple(choices.values())

    def _templates(self, table: Mapping[str, Any]) -> Iterator[tuple[str, Template]]:
        for field, path, text in self._fields("templates", table):
            try:
                yield field.name, Template(text=checked_template(text), place=self._place(path))
            except ValueError as error:
                self._say(path, f"{field.name}: {error}")

    def _transforms(self, table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Transform, ...]]]:
        for field, path, written in self._fields("transforms", table):
            if not isinstance(written, list):
                self._say(path, f'{field.name}: is not a list of transforms such as ["trim", "lower"]')
                continue
            try:
                yield field.name, tuple(normal_form(one) for one in written)
            except ValueError as error:
                self._say(path, f"{field.name}: {error}")

    def _translations(self, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
        for field, path, written in self._fields("values", table):
            if not isinstance(written, dict):
                self._say(path, f'[values.{field.name}] is not a table of translations such as "oui" = true')
            elif self._may_be_written(field, path):
                yield field.name, self._translated(field, path, written)

    def _translated(self, field: Field, path: KeyPath, written: Mapping[str, Any]) -> Mapping[str, str]:
        texts: dict[str, str] = {}
        for value, translation in written.items():
            compared = value.strip().lower()
            if not compared:
                self._say((*path, value), f"{field.name}: a blank has no translation; [defaults] fill blanks")
            elif compared in texts:
                self._say((*path, value), f"{field.name}: {value!r} is translated twice")
            else:
                texts[compared] = self._checked(field, (*path, value), translation)
        return texts

    def _texts(self, name: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for field, path, value in self._fields(name, table):
            if self._may_be_written(field, path):
                yield field.name, self._checked(field, path, value)

    def _checked(self, field: Field, path: KeyPath, value: object) -> str:
        try:
            return checked_text(field, text_of(value))
        except ValueError as error:
            self._say(path, f"{field.name}: {error}")
            return ""

    def _may_be_written(self, field: Field, path: KeyPath) -> bool:
        if field.secret:
            self._say(path, f"{field.name} is a secret; its values stand in a column of the source")
        return not field.secret

    def _several_sources(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """Names the fields that two tables give, where only one of them can count."""
        given = {folded(str(field)): "columns" for field in tables["columns"].values()}
        for name in ("templates", "constants"):
            for key in tables[name]:
                other = given.setdefault(folded(key), name)
                if other != name:
                    self._say((name, key), f"{key} is given by [{other}] as well; keep one of the two")
        for key in tables["defaults"]:
            if given.get(folded(key)) == "constants":
                self._say(("defaults", key), f"{key} is given by [constants] as well, so it is never blank")


def _known(name: str, names: tuple[str, ...]) -> str:
    hint = nearest(name, names)
    return f"the nearest is {hint!r}" if hint else f"there are {', '.join(names)}"
