"""openpyxl in its quick mode: reads every cell of the first sheet, and does nothing with it.

python openpyxl_read.py FILE
"""

import sys

from openpyxl import load_workbook


def main(path: str) -> None:
    book = load_workbook(path, read_only=True)
    rows = sum(1 for _ in book.worksheets[0].iter_rows(values_only=True))
    print(f"{rows} rows read")


if __name__ == "__main__":
    main(sys.argv[1])
