"""The first schema: sessions with turns, profile entries, feedback."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the four tables."""
    _sessions()
    _entries()
    _feedback()


def downgrade() -> None:
    """Drop them."""
    for table in ("feedback", "entries", "turns", "sessions"):
        op.drop_table(table)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("user_id", sa.String, index=True),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("updated", sa.Double, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
    )
    op.create_table(
        "turns",
        sa.Column(
            "session_id",
            sa.String,
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.String, index=True),
        sa.Column("session_id", sa.String, index=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("item_id", sa.String),
        sa.Column("condition", sa.JSON),
        sa.Column("wish", sa.Text),
        sa.Column("polarity", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column(
            "superseded_by",
            sa.Integer,
            sa.ForeignKey("entries.id", ondelete="SET NULL"),
            index=True,
        ),
        sqlite_autoincrement=True,
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("event_id", sa.String, primary_key=True),
        sa.Column("user_id", sa.String, index=True),
        sa.Column("session_id", sa.String, index=True),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("feedback_type", sa.String, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("time", sa.Double, nullable=False),
    )
