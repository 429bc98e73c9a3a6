"""Where a workspace's state is: in its own file, or in a PostgreSQL schema of its name."""

from sommelier.data.workspace import Workspace
from sommelier.state.store import Store

__all__ = ["open_store"]


def open_store(workspace: Workspace, database: str = "") -> Store:
    """Open a workspace's store: `database` is a URL, or empty for the workspace's own file."""
    if database:
        return Store.open(database, schema=workspace.name)
    return Store.open(workspace.state_path)
