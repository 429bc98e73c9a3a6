"""The way to the database: connecting, transactions, migrations, and errors in our own words.

Everything particular to SQLite or PostgreSQL stands in this room and nowhere else. Knows nothing of
what the tables mean.
"""

from sommelier.state.database.copies import copy_file
from sommelier.state.database.engines import connect, is_lite
from sommelier.state.database.schema import HEAD, migrate
from sommelier.state.database.transactions import (
    glancing,
    insert_new,
    number_on,
    reading,
    shred,
    writing,
)
from sommelier.state.database.watch import Watch

__all__ = [
    "HEAD",
    "Watch",
    "connect",
    "copy_file",
    "glancing",
    "insert_new",
    "is_lite",
    "migrate",
    "number_on",
    "reading",
    "shred",
    "writing",
]
