"""A source's rows made into the fields' text, as its columns and a mapping say.

May import `pipeline.model` and `mapping.transforms`; pandas and pyarrow only where rows are at hand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline.model.findings import FieldError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model.mapping import FieldMapping

Pieces: TypeAlias = tuple[str | int, ...]
"""A template's texts, and the indexes of its columns."""


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """Where each field's text comes from, and what is done with it.

    Attributes:
        columns: Field to the index of its column, in the endpoint's order.
        templates: Field to what its text is put together from.
        mapping: What the person has said.
        problems: What forbids reading this source at all, each a sentence.
        mistakes: What the mapping says of columns that this source does not have, each a sentence.
        notices: What is odd about its columns, as findings about the header.
    """

    columns: Mapping[str, int]
    templates: Mapping[str, Pieces] = field(default_factory=dict)
    mapping: FieldMapping
    problems: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    notices: tuple[FieldError, ...] = ()

    @property
    def fields(self) -> list[str]:
        """The fields that rows of this source have text for."""
        return list({**self.columns, **self.templates, **self.mapping.constants, **self.mapping.defaults})

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Picks the fields' text, changes it as the mapping says, and fills blanks.

        Args:
            frame: n rows x source columns, all text.

        Returns:
            n rows x `fields`, all text (Arrow), named by field; blank is "".
        """
        import pandas as pd

        texts = {name: self._text(name, frame) for name in self.fields}
        return pd.DataFrame(texts, index=frame.index, dtype="string[pyarrow]", copy=False)

    def _text(self, name: str, frame: pd.DataFrame) -> Any:
        if name in self.mapping.constants:
            return self.mapping.constants[name]
        default = self.mapping.defaults.get(name, "")
        if name not in self.columns and name not in self.templates:
            return default
        text = self._changed(name, self._source_text(name, frame))
        return text.where(text != "", default) if default else text

    def _source_text(self, name: str, frame: pd.DataFrame) -> Any:
        if name in self.columns:
            return frame[self.columns[name]].str.strip()
        from pipeline.intake.mapping.transforms import fill

        pieces = [one if isinstance(one, str) else _arrow(frame[one].str.strip()) for one in self.templates[name]]
        return _series(fill(pieces, len(frame)), frame)

    def _changed(self, name: str, text: Any) -> Any:
        transforms, translations = self.mapping.transforms.get(name), self.mapping.values.get(name)
        if not transforms and not translations:
            return text
        from pipeline.intake.mapping.transforms import apply_transforms, translate

        changed = apply_transforms(_arrow(text), transforms or ())
        return _series(translate(changed, translations) if translations else changed, text)

    def only(self, names: Collection[str]) -> ColumnPlan:
        """The plan of these fields alone."""
        return replace(
            self,
            columns={name: index for name, index in self.columns.items() if name in names},
            templates={name: pieces for name, pieces in self.templates.items() if name in names},
            mapping=replace(
                self.mapping,
                constants={name: text for name, text in self.mapping.constants.items() if name in names},
                defaults={name: text for name, text in self.mapping.defaults.items() if name in names},
            ),
        )

    def cells_of(self, name: str) -> tuple[int, ...]:
        """Indexes of the columns that a field's text comes from; none where a constant overrides them."""
        if name in self.mapping.constants:
            return ()
        if name in self.columns:
            return (self.columns[name],)
        return tuple(piece for piece in self.templates.get(name, ()) if isinstance(piece, int))

    @property
    def cells(self) -> list[tuple[str, int]]:
        """Each field with the index of each column that its text comes from."""
        return [(name, index) for name in self.fields for index in self.cells_of(name)]

    def changes(self, name: str) -> bool:
        """Whether a field's text may differ from its column's."""
        return name in self.mapping.transforms or name in self.mapping.values


def _arrow(text: pd.Series[str]) -> Any:
    import pyarrow as pa

    array = pa.array(text, pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _series(text: Any, like: Any) -> Any:
    import pandas as pd

    return pd.Series(pd.array(text, dtype="string[pyarrow]"), index=like.index)
