"""Statements that are compiled once: their values go where they belong, in each of the databases."""

import sqlalchemy as sa

from pipeline.ledger.prepared import Prepared
from pipeline.ledger.tables import RUNS, TARGETS


def urls(book):
    with book.ledger.connection() as connection:
        return sorted(connection.execute(sa.select(TARGETS.c.url)).scalars())


def rename():
    url = TARGETS.c.url
    return Prepared(
        lambda _: sa.update(TARGETS).where(url == sa.bindparam("old"), url != "kept").values(url=sa.bindparam("new")),
        "old",
        "new",
    )


def test_values_and_constants_go_where_the_statement_has_them(book):
    for name in ("a", "b", "kept"):
        book.begin(name, target=name)
    changed = book.ledger.write(lambda c: rename().run(c, [("a", "A %s ?"), ("b", "B"), ("kept", "lost"), ("x", "y")]))
    assert changed == 2
    assert urls(book) == ["A %s ?", "B", "kept"]


def test_a_parameter_that_stands_twice_is_given_once(book):
    run = book.begin()
    at = sa.bindparam("at")
    prepared = Prepared(
        lambda _: (
            sa.update(RUNS)
            .where(RUNS.c.id == sa.bindparam("of_run"))
            .values(finished_at=sa.func.coalesce(RUNS.c.finished_at, at), reported_at=at)
        ),
        "at",
        "of_run",
    )
    for moment in (1.5, 2.5):
        book.ledger.write(lambda c, moment=moment: prepared.run(c, [(moment, run.id)]))
    with book.ledger.connection() as connection:
        assert connection.execute(sa.select(RUNS.c.finished_at, RUNS.c.reported_at)).one() == (1.5, 2.5)


def test_nothing_is_run_for_no_rows(book):
    book.begin(target="a")
    assert book.ledger.write(lambda c: rename().run(c, [])) == 0
    assert urls(book) == ["a"]


def test_it_is_compiled_once_for_each_kind_of_database(book):
    made = []

    def make(dialect):
        made.append(dialect)
        return sa.update(TARGETS).where(TARGETS.c.url == sa.bindparam("old")).values(url=sa.bindparam("new"))

    prepared = Prepared(make, "old", "new")
    book.begin(target="a")
    for old, new in (("a", "b"), ("b", "c")):
        book.ledger.write(lambda c, old=old, new=new: prepared.run(c, [(old, new)]))
    assert (len(made), urls(book)) == (1, ["c"])


def test_rows_are_inserted_with_their_values_and_those_that_are_there_stay(book):
    book.begin(target="a")
    inserting = Prepared.inserting(TARGETS, {TARGETS.c.id: "its_id", TARGETS.c.url: "its_url"})
    rows = [(71, "b"), (72, 'c "\\ é \u2028 %s ?'), (73, "a")]
    assert book.ledger.write(lambda c: inserting.run(c, rows)) == 2
    assert urls(book) == ["a", "b", 'c "\\ é \u2028 %s ?']


def test_numbers_texts_and_what_is_missing_arrive_as_they_are(book):
    run = book.begin()
    filling = Prepared(
        lambda _: (
            sa.update(RUNS)
            .where(RUNS.c.id == sa.bindparam("of_run"))
            .values(finished_at=sa.bindparam("at"), standing=sa.bindparam("how"), process=sa.bindparam("which"))
        ),
        "of_run",
        "at",
        "how",
        "which",
    )
    for values in ((1795738870.586787, '{"a": "\\u0000 ö"}', 2**31 - 1), (0.1, "", None), (None, None, 0)):
        assert book.ledger.write(lambda c, values=values: filling.run(c, [(run.id, *values)])) == 1
        with book.ledger.connection() as connection:
            found = connection.execute(sa.select(RUNS.c.finished_at, RUNS.c.standing, RUNS.c.process)).one()
        assert tuple(found) == values
