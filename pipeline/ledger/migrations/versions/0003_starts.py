"""When a schedule's start last ended, and how."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lets a target remember it."""
    op.add_column("targets", sa.Column("start_at", sa.Float(53)))
    op.add_column("targets", sa.Column("start_code", sa.Integer))
