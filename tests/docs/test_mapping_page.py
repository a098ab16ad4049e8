"""The page on mapping files is that of the code: its example is accepted, its table has every transform and table."""

import re
import tomllib
from pathlib import Path

from pipeline.intake.mapping.file import TABLES, read_mapping_file
from pipeline.intake.mapping.transform_forms import PLAIN, SETTINGS, normal_form
from schemas import endpoints
from tests.support.command_line import ROOT

PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]
ROWS = re.findall(r"^\| (`.*?`) \|", PAGE.split("| transform |", 1)[1], re.MULTILINE)


def test_the_example_is_accepted_and_has_every_table():
    Path("m.toml").write_text(EXAMPLE, encoding="utf-8")
    found = read_mapping_file(Path("m.toml"), endpoints()["emailaccounts"])
    assert set(tomllib.loads(EXAMPLE)) == set(TABLES)
    assert {one.header for one in found.mapping.columns} >= {"Société", "Adresse e-mail", "Remarques"}


def test_every_transform_is_in_the_table_and_each_example_of_one_is_accepted():
    written = [tomllib.loads(f"x = {one}")["x"] for row in ROWS for one in re.findall(r"`(.*?)`", row)]
    assert {str(normal_form(one)["name"]) for one in written} == {*PLAIN, *SETTINGS}
