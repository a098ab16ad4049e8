"""What an archive holds: which of its files are text that may be tables, and why the others are none.

May import `blocks`, `foreign` and `workbooks.package`.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import Code, SourceError
from pipeline.intake.readers.blocks import ARCHIVE_ERRORS, members, opened
from pipeline.intake.readers.foreign import is_text, refuse_foreign
from pipeline.intake.readers.workbooks.package import too_large

if TYPE_CHECKING:
    from pipeline.model.sources import Source

_HEAD_BYTES = 4096
_SHOWN_MEMBERS = 5


@dataclass(frozen=True, kw_only=True)
class Members:
    """The files in an archive.

    Attributes:
        label: What the person called the archive.
        texts: Names of those that are text.
        refused: Those that are not, with the reason.
    """

    label: str
    texts: tuple[str, ...]
    refused: dict[str, SourceError]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.texts, *self.refused)

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return len(self.names) > 1

    @property
    def refusal(self) -> SourceError:
        """Why an archive without text is refused."""
        if len(self.refused) == 1:
            return next(iter(self.refused.values()))
        shown = ", ".join(self.names[:_SHOWN_MEMBERS]) + (", …" if len(self.names) > _SHOWN_MEMBERS else "")
        holds = f"{len(self.names)} files ({shown}), none of which is text" if self.names else "no file"
        message = f"{self.label}: is an archive with {holds}."
        return SourceError(Code.ARCHIVE_NOT_ONE_FILE, message, source=self.label, files=len(self.names))


def members_of(source: Source, max_unpacked: int) -> Members:
    """Looks at each file in an archive.

    Args:
        source: The archive.
        max_unpacked: How many bytes all of them may unpack to.

    Raises:
        SourceError: It is damaged, protected by a password, or would unpack to more.
    """
    label, path = source.label, source.path
    try:
        found = members(path)
    except ARCHIVE_ERRORS as error:
        raise _damaged(label, error) from error
    _refuse_unfit(label, found, max_unpacked)
    refused = {one.filename: why for one in found if (why := _refusal(path, label, one.filename))}
    return Members(label=label, texts=tuple(o.filename for o in found if o.filename not in refused), refused=refused)


def _damaged(label: str, error: Exception) -> SourceError:
    return SourceError(Code.ARCHIVE_DAMAGED, f"{label}: cannot be read ({error}).", source=label, reason=str(error))


def _refuse_unfit(label: str, found: list[zipfile.ZipInfo], max_unpacked: int) -> None:
    if any(one.flag_bits & 1 for one in found):
        raise SourceError(Code.ARCHIVE_LOCKED, f"{label}: the archive is protected by a password.", source=label)
    size = sum(one.file_size for one in found)
    if size > max_unpacked:
        error = too_large(size, max_unpacked)
        raise SourceError(error.code, f"{label}: {error.what}.", source=label, **error.facts)


def _refusal(path: Path, label: str, name: str) -> SourceError | None:
    """Why a file is no text; `None` where it is."""
    try:
        with opened(path, name) as stream:
            head = stream.read(_HEAD_BYTES)
        refuse_foreign(Path(name), f"{label} ({name})", head)
    except SourceError as error:
        return error
    except ARCHIVE_ERRORS as error:
        raise _damaged(label, error) from error
    if not head:
        return SourceError(Code.ARCHIVE_NOT_TEXT, f"{label}: {name} in it is empty.", source=label, member=name)
    if is_text(head.ljust(5)):
        return None
    message = f"{label}: holds {name}, which is not text."
    return SourceError(Code.ARCHIVE_NOT_TEXT, message, source=label, member=name)
