"""Runs, their sources, rows and waits, the records they own, and the budget they share."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the ledger."""
    _create_runs()
    _create_rows()
    _create_budget()


def _create_runs() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.String(2048), nullable=False, unique=True),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("target_id", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("report_dir", sa.Text, nullable=False),
        sa.Column("started_at", sa.Float(53), nullable=False),
        sa.Column("finished_at", sa.Float(53)),
        sa.Column("reported_at", sa.Float(53)),
        sa.Column("standing", sa.Text),
        sa.Column("stopped_because", sa.Text),
    )
    op.create_table(
        "sources",
        sa.Column("run_id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("part", sa.Text),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("header_row", sa.Integer, nullable=False),
        sa.Column("notices", sa.Text, nullable=False),
    )


def _create_rows() -> None:
    op.create_table(
        "rows",
        sa.Column("run_id", sa.Integer, primary_key=True),
        sa.Column("source", sa.Integer, primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("key_values", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("remote_id", sa.BigInteger),
        sa.Column("response", sa.Text),
        sa.Column("codes", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("warnings", sa.Text),
        sa.Column("intent_at", sa.Float(53)),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("updated_on", sa.Text),
        sa.Column("candidates", sa.Text),
        sa.Column("changes", sa.Text),
        sa.Column("settled_by", sa.Text),
        sa.Column("undone", sa.String(16)),
        sqlite_with_rowid=False,
    )
    op.create_index("rows_by_key", "rows", ["run_id", "key"])
    op.create_table(
        "records",
        sa.Column("target_id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("remote_id", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("records_by_remote_id", "records", ["target_id", "remote_id"])
    op.create_table(
        "listed",
        sa.Column("run_id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("remote_id", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _create_budget() -> None:
    op.create_table(
        "stretches",
        sa.Column("run_id", sa.Integer, primary_key=True),
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("began_at", sa.Float(53), primary_key=True),
        sa.Column("ended_at", sa.Float(53), nullable=False),
        sa.Column("waited_s", sa.Float(53), nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spending",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("target_id", sa.Integer, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("modifying", sa.Boolean, nullable=False),
    )
    op.create_index("spending_by_time", "spending", ["target_id", "modifying", "at"])
    op.create_table(
        "pauses",
        sa.Column("target_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("until", sa.Float(53), nullable=False),
    )
