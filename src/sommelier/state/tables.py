"""The tables, as SQLAlchemy sees them. The migrations make them; a test proves that both agree.

Times are seconds since 1970 UTC. Nothing here is particular to one database.
"""

import sqlalchemy as sa

__all__ = [
    "api_keys",
    "audit",
    "entries",
    "feedback",
    "histories",
    "item_edits",
    "metadata",
    "sessions",
    "turns",
    "user_edits",
]

metadata = sa.MetaData()

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("user_id", sa.String, index=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column(
        "session_id", sa.String, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("record", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("time", sa.Double, nullable=False),
)

histories = sa.Table(
    "histories",
    metadata,
    sa.Column(
        "session_id", sa.String, sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("digest", sa.String, nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
)

# An entry outlives the session it was said in, and feedback may name a session that never spoke
# here, so neither points to the sessions table.
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", sa.String, index=True),
    sa.Column("session_id", sa.String, index=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("item_id", sa.String),
    sa.Column("condition", sa.JSON(none_as_null=True)),
    sa.Column("wish", sa.Text),
    sa.Column("polarity", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("scope", sa.String, nullable=False),
    sa.Column("weight", sa.Double, nullable=False),
    sa.Column("time", sa.Double, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column(
        "superseded_by", sa.Integer, sa.ForeignKey("entries.id", ondelete="SET NULL"), index=True
    ),
    sqlite_autoincrement=True,  # an erased entry's id must never come to mean another one
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("event_id", sa.String, primary_key=True),
    sa.Column("user_id", sa.String, index=True),
    sa.Column("session_id", sa.String, index=True),
    sa.Column("item_id", sa.String, nullable=False),
    sa.Column("feedback_type", sa.String, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("time", sa.Double, nullable=False),
    sa.Column("recommendation_id", sa.String, index=True),
    sa.Column("impression", sa.JSON(none_as_null=True)),  # item_ids that were shown beside
    sa.Column("taken_back", sa.Double),
)


def _edits(name: str) -> sa.Table:
    """Return a table of the newest row per id; without a row it was deleted."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("row", sa.JSON(none_as_null=True)),
        sa.Column("revision", sa.BigInteger, nullable=False, index=True),
        sa.Column("time", sa.Double, nullable=False),
    )


item_edits = _edits("item_edits")
user_edits = _edits("user_edits")

api_keys = sa.Table(
    "api_keys",
    metadata,
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

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("time", sa.Double, nullable=False),
    sa.Column("key_id", sa.String),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)
