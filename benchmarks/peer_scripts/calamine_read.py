"""calamine from Python: reads every cell of the first sheet, and does nothing with it.

python calamine_read.py FILE
"""

import sys

from python_calamine import load_workbook


def main(path: str) -> None:
    print(f"{len(load_workbook(path).get_sheet_by_index(0).to_python())} rows read")


if __name__ == "__main__":
    main(sys.argv[1])
