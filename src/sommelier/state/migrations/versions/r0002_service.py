"""What the service keeps: what feedback answers, edits of the catalogue, keys and their deeds."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add two columns and four tables."""
    op.add_column("feedback", sa.Column("recommendation_id", sa.String))
    op.add_column("feedback", sa.Column("impression", sa.JSON))
    op.create_index("ix_feedback_recommendation_id", "feedback", ["recommendation_id"])
    _edits("item_edits")
    _edits("user_edits")
    _access()


def downgrade() -> None:
    """Take them away again."""
    for table in ("audit", "api_keys", "user_edits", "item_edits"):
        op.drop_table(table)
    op.drop_index("ix_feedback_recommendation_id", "feedback")
    op.drop_column("feedback", "impression")
    op.drop_column("feedback", "recommendation_id")


def _edits(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("row", sa.JSON),
        sa.Column("revision", sa.BigInteger, nullable=False, index=True),
        sa.Column("time", sa.Double, nullable=False),
    )


def _access() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("user_id", sa.String),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double),
        sa.Column("revoked", sa.Double),
        sa.Column("last_used", sa.Double),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("key_id", sa.String),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
