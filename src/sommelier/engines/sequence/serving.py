"""From queries to people: the exported encoder on ONNX Runtime, in batches of bounded memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sommelier.engines.query import Query
from sommelier.engines.sequence.export import CELLS, LASTS, PEOPLE
from sommelier.errors import DataError, WorkspaceError
from sommelier.types import Floats, Ints, Nums

__all__ = ["Server", "sequence"]

_CELLS = 8192  # in a batch, padding too: its attention stays within tens of megabytes


class Server:
    """Holds an encoder for one process. Safe to share between threads."""

    def __init__(self, model: NDArray[np.uint8], start: Floats) -> None:
        """`model` are the bytes that `graph` gave. WorkspaceError if they are not.

        `start` [size] is the first cell of every history.
        """
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # lists are ranked side by side already
        providers = ["CPUExecutionProvider"]
        try:
            self._session = ort.InferenceSession(model.tobytes(), options, providers=providers)
        except Exception as error:  # the runtime raises Exception itself for broken bytes
            raise WorkspaceError(
                f"The encoder of this engine cannot be read: {error}",
                hint="Fit it again: sommelier fit WORKSPACE --engines NAME",
            ) from error
        self._start = start

    def people(self, histories: Sequence[Nums], items: Floats) -> Floats:
        """Return float32 [len(histories), size]; `items` [n_items, size] are their vectors."""
        sizes = np.fromiter(map(len, histories), np.int64, len(histories))
        people = np.empty((len(histories), items.shape[1]), np.float32)
        for rows in _batches(sizes):
            cells = np.zeros((len(rows), int(sizes[rows].max()) + 1, items.shape[1]), np.float32)
            cells[:, 0] = self._start
            real = np.arange(cells.shape[1] - 1) < sizes[rows, None]
            cells[:, 1:][real] = items[np.concatenate([histories[row] for row in rows])]
            people[rows] = self.states(cells, sizes[rows])
        return people

    def states(self, cells: Floats, lasts: Ints) -> Floats:
        """Return the state float32 [n, size] of cell `lasts` [n] in each row [n, width, size]."""
        given = {CELLS: cells, LASTS: lasts[:, None]}
        found: Floats = self._session.run([PEOPLE], given)[0]
        return found


def sequence(query: Query, window: int) -> Nums:
    """Return the items of a query that go through the encoder, newest last.

    DataError if its weights are not one finite number for each item of its history.
    """
    history = query.history
    if query.weights is not None:
        weights = np.asarray(query.weights)
        if weights.shape != history.shape or not np.isfinite(weights).all():
            raise DataError("A query needs one finite number for each item of its weights.")
        history = history[weights > 0]
    told = np.concatenate([history, query.liked])
    if len(query.disliked):
        told = told[~np.isin(told, query.disliked)]
    return np.asarray(told[-window:], np.int32)


def _batches(sizes: Ints) -> list[Ints]:
    """Return the rows of each batch, shortest histories first, so that little is padded."""
    order = np.argsort(sizes, kind="stable")
    batches: list[Ints] = []
    begin = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (sizes[order[end]] + 1) * (end + 1 - begin) > _CELLS:
            batches.append(order[begin:end])
            begin = end
    return batches
