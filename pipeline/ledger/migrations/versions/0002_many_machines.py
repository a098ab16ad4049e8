"""Who works on a run, one owner of an Id between processes, receipts of commits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the ledger one for many machines."""
    op.add_column("runs", sa.Column("host", sa.String(255)))
    op.add_column("runs", sa.Column("process", sa.Integer))
    op.drop_index("records_by_remote_id", "records")
    op.create_index("records_by_remote_id", "records", ["target_id", "remote_id"], unique=True)
    op.create_table(
        "receipts",
        sa.Column("writer", sa.String(32), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
    )
