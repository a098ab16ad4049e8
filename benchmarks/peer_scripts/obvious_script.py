"""What a capable person would write in an hour: pandas, httpx, tenacity, gather. The measure for the importer.

python obvious_script.py FILE URL TOKEN IN_FLIGHT
"""

import asyncio
import sys

import httpx
import pandas as pd
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential


async def main(path: str, url: str, token: str, in_flight: int) -> int:
    frame = pd.read_csv(path)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    slots = asyncio.Semaphore(in_flight)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with httpx.AsyncClient(timeout=30, headers=headers) as client:

        @retry(
            retry=retry_if_exception_type(httpx.HTTPError),
            stop=stop_after_attempt(5),
            wait=wait_exponential(max=10),
            reraise=True,
        )
        async def post(row: dict[str, object]) -> int:
            async with slots:
                answer = await client.post(url, json=row)
            answer.raise_for_status()
            return int(answer.json()["Value"]["Id"])

        ends = await asyncio.gather(*(post(row) for row in rows), return_exceptions=True)
    failed = [number for number, end in enumerate(ends, start=2) if isinstance(end, BaseException)]
    print(f"{len(ends) - len(failed)} created, {len(failed)} failed {failed[:20]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:4], int(sys.argv[4]))))
