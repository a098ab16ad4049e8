"""frictionless with a schema of the same rules, and without its limit of 1,000 errors.

python frictionless_check.py FILE
"""

import csv
import sys
from pathlib import Path

from frictionless import Resource, Schema, system

_PORT = {"required": True, "minimum": 1, "maximum": 65535}
_INT32 = {"required": True, "minimum": -(2**31), "maximum": 2**31 - 1}
_CHOICE = {"minimum": 1, "maximum": 3}
_TEXT = {"type": "string", "constraints": {"required": True}}
_RULES = {
    "BusinessId": {"type": "integer", "constraints": {"required": True}},
    "EmailAddress": {"type": "string", "constraints": {"required": True, "pattern": r"[^@\s]+@[^@\s]+\.[^@\s]+"}},
    "IncomingServerPort": {"type": "integer", "constraints": _PORT},
    "OutgoingServerPort": {"type": "integer", "constraints": _PORT},
    "LastMessageId": {"type": "integer", "constraints": _INT32},
    "ErrorCount": {"type": "integer", "constraints": _INT32},
    "Active": {"type": "boolean"},
    "IncomingServerType": {"type": "integer", "constraints": _CHOICE},
    "IncomingServerSSL": {"type": "boolean"},
    "DeleteMessageSettings": {"type": "integer", "constraints": _CHOICE},
    "LastCheckTime": {"type": "datetime", "format": "any"},
}


def main(path: str) -> None:
    with Path(path).open(newline="", encoding="utf-8") as stream:
        header = next(csv.reader(stream))
    schema = Schema.from_descriptor({"fields": [{"name": name, **_RULES.get(name, _TEXT)} for name in header]})
    with system.use_context(trusted=True):
        report = Resource(path, schema=schema).validate(limit_errors=sys.maxsize)
    [task] = report.tasks
    wrong = {error.row_number for error in task.errors}
    print(f"{task.stats['rows'] - len(wrong)} valid, {len(wrong)} invalid")


if __name__ == "__main__":
    main(sys.argv[1])
