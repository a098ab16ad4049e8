"""Rows that are checked elsewhere: whatever they are, that finds what checking them here finds."""

import pickle
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.intake import open_intake
from pipeline.intake.sources import find_sources
from pipeline.intake.validation.text_batch import parts
from pipeline.model.config import RunConfig
from pipeline.model.finding_codes import FindingCode
from pipeline.model.mapping import FieldMapping
from pipeline.model.sources import Defect, RowBatch

HEADER = "BusinessId,DisplayName,EmailAddress,IncomingServerPort,Notes\n"
CELLS = st.sampled_from(
    ["1", "2", " 1", "1.0", "x", "", "a@x.example", "A@X.example ", "b@x.example", "\u200ba@x.example"]
)


def intake(text, *, strict=False, mapping=None):
    Path("a.csv").write_text(text, encoding="utf-8")
    config = RunConfig(endpoint="emailaccounts", strict=strict, mapping=mapping or MAPPING)
    return open_intake(find_sources(["a.csv"], [Path("a.csv")]), config)


MAPPING = FieldMapping(
    constants=dict.fromkeys(
        ("IncomingServer", "IncomingServerUsername", "OutgoingServer", "OutgoingServerUsername"), "mail.example"
    )
    | {"OutgoingServerPort": "25", "LastMessageId": "0", "ErrorCount": "0", "Active": "true"}
    | {"IncomingServerType": "1", "DeleteMessageSettings": "1"},
)


def flat(batches):
    """Each row with what was found about it and how it would be sent."""
    return {
        (batch.source, row): (
            batch.typed.iloc[position].to_dict().__repr__(),
            batch.errors.get(position),
            batch.warnings.get(position),
            position in batch.duplicates,
        )
        for batch in batches
        for position, row in enumerate(batch.rows)
    }


@settings(max_examples=40)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=25),
    most=st.integers(1, 9),
    strict=st.booleans(),
)
def test_rows_that_are_checked_elsewhere_in_parts_are_found_to_be_what_they_are_here(rows, most, strict):
    text = HEADER + "".join(f"{a},{b},{c},{d},n{',surplus' if d == 'x' else ''}\n" for a, b, c, d in rows)
    one = intake(text, strict=False)
    elsewhere = [
        pickle.loads(pickle.dumps(batch)).checked(one.endpoint, strict=strict) for batch in one.unchecked(most)
    ]
    here = intake(text)
    object.__setattr__(here, "config", RunConfig(endpoint="emailaccounts", strict=strict, mapping=MAPPING))
    assert flat(elsewhere) == flat(here.checked())
    assert all(len(batch.rows) <= most for batch in elsewhere)


def test_what_travels_shows_none_of_its_cells():
    secret = "hunter2"
    one = intake(HEADER + f"1,Desk,a@x.example,25,{secret}\n1,Desk,b@x.example,{secret},n\n")
    (batch,) = one.unchecked(500)
    assert repr(batch) == "<rows 2-3 of source 1>"
    checked = batch.checked(one.endpoint, strict=False)
    assert checked.errors
    assert secret not in repr(checked)


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_a_batch_in_parts_keeps_its_rows_cells_and_defects(most):
    frame = pd.DataFrame({0: pd.array([f"c{n}" for n in range(7)], dtype="string[pyarrow]")})
    defects = tuple(
        Defect(position=p, column=None, code=FindingCode.BLANK, message=f"m{p}", warning=False, value=None)
        for p in (0, 3, 6)
    )
    whole = RowBatch(rows=[2, 3, 5, 8, 9, 10, 12], frame=frame, defects=defects)
    found = [
        (part.rows[i], part.frame.at[i, 0], [d.message for d in part.defects if d.position == i])
        for part in parts(whole, most)
        for i in range(len(part.rows))
    ]
    assert [row for row, _, _ in found] == whole.rows
    assert [cell for _, cell, _ in found] == list(frame[0])
    assert [messages for _, _, messages in found] == [["m0"], [], [], ["m3"], [], [], ["m6"]]
