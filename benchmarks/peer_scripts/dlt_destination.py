"""dlt's way into an API: a custom destination, as many files at a time as calls may be in flight.

python dlt_destination.py FILE URL TOKEN IN_FLIGHT
"""

import csv
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_NUMBERS = ("BusinessId", "IncomingServerPort", "OutgoingServerPort", "LastMessageId", "ErrorCount")
_ENUMS = ("IncomingServerType", "DeleteMessageSettings")
_SWITCHES = ("Active", "IncomingServerSSL")
_ROWS_A_FILE = "50"


def typed(row: dict[str, str]) -> dict[str, object]:
    numbers = {name: int(row[name]) for name in (*_NUMBERS, *_ENUMS)}
    return {**row, **numbers, **{name: row[name] == "true" for name in _SWITCHES}}


def main(path: str, url: str, token: str, in_flight: str) -> None:
    os.environ["NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS"] = _ROWS_A_FILE
    os.environ["LOAD__WORKERS"] = in_flight
    import dlt
    from dlt.sources.helpers import requests  # dlt's own client, which tries again

    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    @dlt.resource(name="accounts", columns={"LastCheckTime": {"data_type": "text"}})
    def accounts() -> Iterator[dict[str, object]]:
        with Path(path).open(newline="", encoding="utf-8") as stream:
            yield from map(typed, csv.DictReader(stream))

    # The batch as it comes (10 rows): with one row a batch dlt 1.31.0 crashes somewhere below 20,000 rows.
    @dlt.destination(loader_parallelism_strategy="parallel", max_parallel_load_jobs=int(in_flight))
    def target(items: list[dict[str, object]], _table: object) -> None:
        for item in items:
            requests.post(url, json=item, headers=headers).raise_for_status()

    pipeline = dlt.pipeline("accounts", destination=target, dataset_name="accounts")
    print(str(pipeline.run(accounts())).strip().splitlines()[-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
