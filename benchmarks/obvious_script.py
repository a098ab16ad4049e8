"""What one would write in an hour: pandas, httpx, tenacity, gather. The measure that the importer is held against.

python benchmarks/obvious_script.py FILE URL
"""

import asyncio
import sys

import httpx
import pandas as pd
from tenacity import retry, stop_after_attempt, wait_exponential

_IN_FLIGHT = 32


async def _main(path: str, url: str) -> None:
    rows = pd.read_csv(path).to_dict("records")
    slots = asyncio.Semaphore(_IN_FLIGHT)
    async with httpx.AsyncClient(timeout=30) as client:

        @retry(stop=stop_after_attempt(5), wait=wait_exponential())
        async def post(row: dict[str, object]) -> int:
            async with slots:
                answer = await client.post(url, json=row, headers={"Authorization": "Bearer x"})
            answer.raise_for_status()
            return int(answer.json()["Value"]["Id"])

        ids = await asyncio.gather(*(post(row) for row in rows))
    sys.stdout.write(f"{len(ids)} created\n")


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2]))
