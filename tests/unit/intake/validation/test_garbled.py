# ruff: noqa: RUF001 - as people write them
"""Text that was damaged before it came here."""

import contextlib

import pyarrow as pa
import pytest

from pipeline.intake.validation.garbled import garbled

MEANT = ["Zürich Süd", "Café Éloïse", "Łódź", "Офис", "Αθήνα", "東京", "Desk – 5", "😀 Desk"]


def told(*cells):
    return {position: message for position, (_, message) in garbled(pa.array(cells, pa.large_string()))}


def misread(text):
    """The text's bytes in each encoding that has a sign for all of them."""
    for encoding in ("latin-1", "cp1251", "mac_roman", "cp437"):
        with contextlib.suppress(UnicodeDecodeError):
            yield text.encode().decode(encoding)


@pytest.mark.parametrize(("text", "cell"), [(text, cell) for text in MEANT for cell in misread(text)])
def test_utf_8_that_was_read_as_something_else_is_said_with_what_was_meant(text, cell):
    message = f"was read in a wrong encoding somewhere: probably meant {text!r}"
    assert told("Desk", None, cell) == {2: message}


def test_half_of_a_cell_may_be_damaged():
    assert "'Fürth – Süd'" in told("Fürth â€“ Süd")[0]


@pytest.mark.parametrize(
    "text",
    [
        *MEANT,
        "CAFÉ…",
        "MENÜ–",
        "ÀÉ",
        "Île-de-France – Sèvres",
        "Кривий Ріг",
        "Сэр",
        "שלום",
        "مكتب",
        "ÄÖÜ",
        "50 €",
        "R&D",
    ],
)
def test_text_that_is_well_is_left_alone(text):
    assert told(text) == {}


LOST = "has question marks where letters may have been lost: put in what was meant; CSV UTF-8 keeps all letters"


@pytest.mark.parametrize("cell", ["B?ro", "M?ller & S?hne", "?????", "?? ???", "??", "Desk ???? 3", "caf??s"])
def test_question_marks_in_place_of_letters_are_said(cell):
    assert told("Desk", None, cell) == {2: LOST}


@pytest.mark.parametrize(
    "cell", ["Ready?", "Really?! Yes", "Q&A?", "1?2", "?", "Desk ??", "http://desk.example?id", "/desk?id=3&x?y=2"]
)
def test_question_marks_that_may_be_meant_are_not(cell):
    assert told(cell) == {}


def test_a_letter_that_was_lost_is_said():
    assert "in place of a letter" in told("Z\ufffdrich")[0]


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#WERT!", "#NOM?", "#¡VALOR!", "Err:502", "########"])
def test_the_text_of_an_error_cell_is_said(text):
    assert told(text) == {0: "is what a spreadsheet program writes for a cell in error"}


@pytest.mark.parametrize("text", ["#1 Desk", "##", "Err: 5", "# N/A", "N/A"])
def test_what_only_begins_like_one_is_left_alone(text):
    assert told(text) == {}


def test_signs_of_a_web_page_are_said():
    assert "probably meant 'Café & more'" in told("Caf&eacute; &amp; more")[0]
