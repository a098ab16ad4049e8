"""What is proposed for a source: by its headers, by its values, and how sure that is."""

import pytest

from pipeline.intake.mapping.file import read_mapping_file
from pipeline.intake.mapping.profile import ColumnProfile, profiled
from pipeline.intake.mapping.propose import Proposer
from pipeline.intake.mapping.toml_text import mapping_text
from pipeline.intake.readers.base import text_frame
from pipeline.model.config import ReadOptions
from pipeline.model.mapping import ColumnChoice, FieldMapping
from pipeline.model.sources import RowBatch
from schemas import endpoints
from schemas.words import vocabulary_of

ENDPOINT = endpoints()["emailaccounts"]
REQUIRED = [f.name for f in ENDPOINT.fields if f.required]


def propose(given=None, **columns):
    """Proposes for columns by header, each with its values, told apart by blanks."""
    proposer = Proposer(endpoint=ENDPOINT, vocabulary=vocabulary_of("emailaccounts"), given=given or FieldMapping())
    profiles = [
        ColumnProfile(header=header, counts=dict.fromkeys(values.split(), 1)) for header, values in columns.items()
    ]
    return proposer.propose(profiles, 10)


def found(proposal):
    return {one.name: (one.header, one.sure) for one in proposal.fields}


def test_values_are_counted_over_all_batches():
    batches = [
        RowBatch(rows=[2, 3], frame=text_frame([["a", " a "], ["", "x"]])),
        RowBatch(rows=[4], frame=text_frame([["b"], [""]])),
    ]
    columns, rows = profiled(["A", "B"], batches)
    assert ([dict(one.counts) for one in columns], rows) == ([{"a": 2, "b": 1}, {"x": 1}], 3)


def test_a_field_by_its_own_name_is_certain_whatever_its_values():
    (one,) = propose(**{"incoming server port": "imap x"}).fields
    assert (one.name, one.confidence, one.named) == ("IncomingServerPort", 1.0, True)


def test_values_of_another_kind_speak_against_a_name():
    assert found(propose(Company="Acme Initech")) == {}
    assert found(propose(Company="1000 1001")) == {"BusinessId": ("Company", True)}
    assert found(propose(Type="User Shared Room")) == {}


@pytest.mark.parametrize(
    ("header", "values", "name"),
    [
        ("Host", "imap.a.example imap.b.example", "IncomingServer"),
        ("Mail host", "smtp.a.example", "OutgoingServer"),
        ("Port", "993 143", "IncomingServerPort"),
        ("Port", "587 465 25", "OutgoingServerPort"),
    ],
)
def test_values_say_what_a_header_leaves_open(header, values, name):
    assert found(propose(**{header: values})) == {name: (header, True)}


def test_a_name_that_may_mean_two_fields_is_doubtful_for_both():
    proposal = propose(Benutzername="a b")
    assert found(proposal) == {
        "IncomingServerUsername": ("Benutzername", False),
        "OutgoingServerUsername": ("Benutzername", False),
    }
    assert [one.shared for one in proposal.fields] == [False, True]
    assert proposal.left_out == ()


def test_a_header_that_no_template_can_name_is_not_shared():
    assert list(found(propose(**{"{Login}": "a"}))) == ["IncomingServerUsername"]


def test_it_is_sure_where_the_other_field_has_a_column_of_its_own():
    proposal = propose(Benutzername="a b", **{"Benutzer Ausgang": "c d"})
    assert found(proposal) == {
        "IncomingServerUsername": ("Benutzername", True),
        "OutgoingServerUsername": ("Benutzer Ausgang", True),
    }


def test_two_columns_that_fit_one_field_as_well_are_doubtful():
    proposal = propose(**{"E-mail": "a@b.example", "Mail address": "c@d.example"})
    assert found(proposal)["EmailAddress"][1] is False
    assert proposal.left_out == ("Mail address",)


def test_what_a_person_gives_is_not_proposed_again():
    given = FieldMapping(
        columns=(
            ColumnChoice(header="Kontakt", field="EmailAddress", place=""),
            ColumnChoice(header="Notiz", field="", place=""),
        ),
        constants={"ErrorCount": "0"},
    )
    proposal = propose(given, Kontakt="x", Notiz="y", Fehler="0", **{"E-Mail": "a@b.example"})
    assert found(proposal) == {"EmailAddress": ("Kontakt", True)}
    assert proposal.left_out == ("Fehler", "E-Mail")
    assert set(REQUIRED) - set(proposal.missing) == {"EmailAddress", "ErrorCount"}


def test_values_that_need_a_translation_are_listed_the_most_frequent_first():
    counts = {"oui": 2, "Non": 5, "NON": 1, "peut-être": 3, "true": 4}
    proposer = Proposer(endpoint=ENDPOINT, vocabulary=vocabulary_of("emailaccounts"), given=FieldMapping())
    (one,) = proposer.propose([ColumnProfile(header="Actif", counts=counts)], 15).fields
    assert (dict(one.translations), one.unknown) == ({"Non": "false", "oui": "true"}, ("peut-être",))
    assert dict(one.counts) == {"Non": 5, "oui": 2, "peut-être": 3}


def test_secrets_have_no_samples():
    (one,) = propose(**{"Google token": "hunter2"}).fields
    assert (one.name, one.secret, one.samples) == ("GoogleAccessToken", True, ())


@pytest.mark.parametrize(
    ("header", "values", "transforms"),
    [
        ("E-Mail", "mailto:a@b.example", ('"address"',)),
        ("IMAP Port", "993,0 143", ('"decimal_comma"',)),
        ("IMAP Port", "1,993 993", ('{ regex = ",", replace = "" }',)),
        ("Last sync", "31.12.2025", ('{ date = "%d.%m.%Y" }',)),
        ("Last sync", "2025-12-31", ()),
    ],
)
def test_values_of_other_countries_get_transforms(header, values, transforms):
    (one,) = propose(**{header: values}).fields
    assert one.transforms == transforms


def test_the_text_is_a_mapping_file_whatever_the_headers_and_values(tmp_path):
    odd = 'Quota "ja"\t[#] = \\ é\n'
    given = FieldMapping(
        columns=(ColumnChoice(header=odd, field="", place=""),),
        constants={"ErrorCount": "0"},
        defaults={"DisplayName": 'a "b"'},
    )
    proposal = propose(
        given,
        **{
            'Login "1"': "y",
            'E-Mail "neu" #1': "mailto:a@b.example",
            "Aktiv = ?": "ja vielleicht\u2028",
            odd: "x",
            "Noti\nz": "y",
        },
    )
    reading = ReadOptions(delimiter=";", encoding="cp1252", header_row=2, sheets=("Blatt 1",))
    path = tmp_path / "m.toml"
    path.write_text(mapping_text("a\nb.csv", proposal, given, reading), encoding="utf-8")
    read = read_mapping_file(path, ENDPOINT)
    assert read.reading == reading
    assert {one.header: one.field for one in read.mapping.columns} == {
        'Login "1"': "IncomingServerUsername",
        'E-Mail "neu" #1': "EmailAddress",
        "Aktiv = ?": "Active",
        odd: "",
    }
    assert read.mapping.templates["OutgoingServerUsername"].text == '{Login "1"}'
    assert read.mapping.values == {"Active": {"ja": "true"}}
    assert (read.mapping.constants, read.mapping.defaults) == ({"ErrorCount": "0"}, {"DisplayName": 'a "b"'})
