"""How much is measured: the sizes of the whole benchmark, and of a small form that only shows that it works."""

from dataclasses import dataclass

WHOLE_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The sizes of one benchmark, in rows unless the name says otherwise.

    Attributes:
        rows: the import that every other size follows from.
        rounds: how often each tool takes its turn; medians are taken over them.
        limit_s: after which time a command is ended and counts as failed.
    """

    rows: int = WHOLE_ROWS
    rounds: int = 3
    limit_s: float = 300

    @property
    def is_whole(self) -> bool:
        """Whether the targets can be judged: in a small form start-up weighs too much."""
        return self.rows >= WHOLE_ROWS

    @property
    def many_rows(self) -> int:
        """The longer import, and the one that is made again."""
        return self.rows * 5

    @property
    def workbook_rows(self) -> int:
        """The workbook that is checked."""
        return self.rows * 5

    @property
    def validated_rows(self) -> int:
        """The file that is checked without being sent."""
        return self.rows * 50

    @property
    def long_rows(self) -> int:
        """The file whose check shows that memory does not grow with it."""
        return self.rows * 500

    @property
    def faulty_rows(self) -> int:
        """Imports into a target that fails."""
        return max(200, self.rows // 10)

    @property
    def throttled_rows(self) -> int:
        """The import whose limit nobody has told us: seven seconds at least, since the first five are not judged."""
        return max(140, min(400, self.rows // 50))


def scale_of(rows: int, rounds: int | None) -> Scale:
    """The sizes that follow from one; small forms take one round and less patience."""
    if rows >= WHOLE_ROWS:
        return Scale(rows=rows, rounds=rounds or 3)
    return Scale(rows=rows, rounds=rounds or 1, limit_s=60)
