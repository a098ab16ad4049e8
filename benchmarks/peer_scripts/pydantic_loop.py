"""The obvious check: a pydantic model, row by row, errors kept with their row number; no reports.

python pydantic_loop.py FILE
"""

import csv
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, ValidationError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Address = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Account(BaseModel):
    BusinessId: int
    DisplayName: Text
    EmailAddress: Address
    IncomingServer: Text
    IncomingServerPort: Port
    IncomingServerUsername: Text
    OutgoingServer: Text
    OutgoingServerPort: Port
    OutgoingServerUsername: Text
    LastMessageId: Int32
    ErrorCount: Int32
    Active: bool | None = None
    IncomingServerType: Annotated[int, Field(ge=1, le=3)] | None = None
    IncomingServerSSL: bool | None = None
    DeleteMessageSettings: Annotated[int, Field(ge=1, le=3)] | None = None
    LastCheckTime: datetime | None = None


def rows(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    with Path(path).open(newline="", encoding="utf-8") as stream:
        reader = csv.reader(stream)
        header = next(reader)
        for number, cells in enumerate(reader, start=2):
            yield number, dict(zip(header, cells, strict=True))


def main(path: str) -> None:
    good, wrong = 0, []
    for number, row in rows(path):
        try:
            Account.model_validate(row)
            good += 1
        except ValidationError as error:
            wrong.append((number, error.errors()))
    print(f"{good} valid, {len(wrong)} invalid")


if __name__ == "__main__":
    main(sys.argv[1])
