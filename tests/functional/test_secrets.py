"""Secrets of rows and of our own: where they may stand, and nowhere else."""

import json
import os
import stat
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox.accounts import User
from pipeline.sandbox.faults import Faults
from pipeline.sandbox.server import SandboxServer
from tests.support.command_line import account, call, report_in, run_into, stub, write_csv

SECRETS = {"GoogleAccessToken": "ya29.planted-google-secret", "Office365AccessToken": "eyJ.planted-office-secret"}


def places_with(*secrets):
    """Files below the test's folder that hold one of these texts, in any encoding that the program writes."""
    needles = [text.encode(encoding) for text in secrets for encoding in ("utf-8", "utf-16-le")]
    files = [path for path in Path.cwd().parent.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if any(needle in path.read_bytes() for needle in needles))


class TestSecrets:
    ALL = (*SECRETS.values(), "sandbox-token", "s3cr3t-password")

    def source(self):
        rows = [
            account(1, **SECRETS),
            account(2, **SECRETS, ErrorCount="x"),
            account(3, **{name: "\t" + value for name, value in SECRETS.items()}),
        ]
        return write_csv("a.csv", rows)

    def checked(self, result, *kept):
        assert not [text for text in self.ALL if text in result.output]
        assert places_with(*self.ALL) == sorted(["a.csv", *kept])

    def test_appear_nowhere_but_in_the_rejected_rows(self, target):
        result = run_into(target, self.source(), "--verbose", "--ledger", "ledger.db")
        assert report_in()["Summary"]["Created"] == 2
        assert result.exit_code == ExitCode.ROWS_REFUSED
        self.checked(result, "rejected.csv")

    def test_validate_keeps_them_too(self):
        self.checked(call("validate", self.source(), "--report-dir", "out", "--verbose"), "rejected.csv")

    def test_the_password_and_its_tokens_are_written_nowhere(self):
        user = User(username="me@b.example", password="s3cr3t-password", full_admin=True)
        with SandboxServer(users=[user]) as target:
            environment = {"NEXUDUS_USERNAME": "me@b.example", "NEXUDUS_PASSWORD": "s3cr3t-password"}
            result = run_into(target, self.source(), "--verbose", token=None, **environment)
            issued = target.tokens.issued
        assert report_in()["Summary"]["Created"] == 2
        assert len(issued) == 2
        assert places_with(*issued) == [text for text in issued if text in result.output] == []
        self.checked(result, "rejected.csv")

    @pytest.mark.parametrize("shape", ["attempted value", "message", "envelope", "text", "html"])
    def test_a_refusal_that_echoes_them_is_not_repeated(self, shape):
        def echoed(body):
            sent = json.loads(body)["GoogleAccessToken"]
            error = {"AttemptedValue": None, "Message": "is not valid", "PropertyName": "GoogleAccessToken"}
            envelope = {
                "Message": "GoogleAccessToken: is not valid",
                "Value": None,
                "Errors": [error],
                "WasSuccessful": False,
            }
            if shape == "attempted value":
                error["AttemptedValue"] = sent
            elif shape == "message":
                error["Message"] = f"'{sent}' is not valid"
            elif shape == "envelope":
                envelope["Message"] = f"GoogleAccessToken: {sent} is not valid"
            elif shape == "text":
                return f"cannot take {sent}"
            else:
                return f"<p>cannot take {sent}</p>"
            return json.dumps(envelope)

        with stub(400, echoed) as refusing:
            result = run_into(refusing, self.source(), "--verbose", "--attempts", "1", "--existing", "ignore")
        assert result.exit_code != 0
        self.checked(result, "rejected.csv")

    @pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
    def test_standard_input_is_kept_where_only_its_owner_can_read_it(self, target):
        target.faults = Faults(refusals=1)
        result = run_into(target, "-", "--stop-after", "1", given=self.source().read_bytes())
        assert result.exit_code == ExitCode.STOPPED
        kept = [p for p in Path.cwd().parent.rglob("*") if p.is_file() and p.parent.name == "kept"]
        assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600]
        assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700

    def test_standard_input_is_not_kept_once_nothing_is_left_to_resume(self, target):
        assert run_into(target, "-", given=self.source().read_bytes()).exit_code == ExitCode.ROWS_REFUSED
        assert call("validate", "-", given=self.source().read_bytes()).exit_code == ExitCode.ROWS_REFUSED
        assert not [p for p in Path.cwd().parent.rglob("*") if p.is_file() and p.parent.name == "kept"]
