"""The schema of the tables: which one is there, and how it becomes the newest.

Alembic is loaded only when the schema is not the current one.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from sommelier.errors import StateError
from sommelier.state.database.engines import schema_of
from sommelier.state.database.faults import shown
from sommelier.state.database.transactions import lock_all, reading, writing

__all__ = ["HEAD", "migrate"]

HEAD: Final = "0004"  # the newest file of migrations/versions; a test compares the two


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to HEAD; StateError if a newer version of the package wrote it."""
    with reading(engine) as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StateError(
            f"The state in {shown(engine)} was written by a newer version (schema {found}, "
            f"this one knows {HEAD}).",
            hint="Upgrade with: pip install --upgrade sommelier",
        )
    with writing(engine) as connection:
        lock_all(connection)
        schema = schema_of(engine)
        if schema is not None and found is None:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        if _revision(connection) != HEAD:  # another process may have been quicker
            _upgrade(connection)


def _revision(connection: sa.Connection) -> str | None:
    """Return the schema's revision; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).parents[1] / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
