"""The tables, as SQLAlchemy sees them. The migrations make them; a test proves that both agree.

Times are seconds since 1970 UTC. Nothing here is particular to one database.
"""

import sqlalchemy as sa

__all__ = ["entries", "feedback", "metadata", "sessions", "turns"]

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
)
