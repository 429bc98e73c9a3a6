"""Feedback that was taken back: it counts no more, and stays in the trail."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("feedback", sa.Column("taken_back", sa.Double))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("feedback", "taken_back")
