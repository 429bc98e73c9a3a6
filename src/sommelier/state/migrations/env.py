"""Where Alembic starts: runs the migrations on the connection that `database.migrate` hands over.

Alembic executes this file as a script, so it works at import time by design.
"""

from alembic import context

from sommelier.state.tables import metadata

__all__: list[str] = []

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
