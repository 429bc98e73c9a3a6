"""The exported graph gives what the model in torch gives."""

import numpy as np
import pytest

from sommelier.engines.sasrec import SASRecConfig
from sommelier.engines.sasrec.model import Model
from sommelier.engines.sequence.export import graph
from sommelier.engines.sequence.rows import pack
from sommelier.engines.sequence.serving import Server

torch = pytest.importorskip("torch", reason="needs sommelier[train]")
pytest.importorskip("onnx", reason="needs sommelier[train]")


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize("heads", [1, 4])
@pytest.mark.parametrize("gates", [False, True])
@pytest.mark.parametrize("position", ["learned", "none"])
def test_the_graph_gives_what_torch_gives(blocks, heads, gates, position):
    config = SASRecConfig(
        embedding_size=32, window=6, blocks=blocks, heads=heads, gates=gates, position=position
    )
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    model = Model(config, np.zeros((20, 0), np.float32), torch.device("cpu"))
    with torch.no_grad():
        for part in model.weights.values():
            part.add_(torch.randn_like(part), alpha=0.3)
    histories = [rng.integers(0, 20, size).astype(np.int32) for size in (0, 6, 1, 4, 0, 5)]
    sizes = np.array([len(history) for history in histories])
    rows = pack(np.concatenate(histories).astype(np.int64), sizes)
    weights = {name: part.detach().numpy() for name, part in model.weights.items()}
    items = weights["ids"]
    right = model.cells(torch.from_numpy(items), rows, learn=False)[rows.lasts].detach().numpy()
    server = Server(np.frombuffer(graph(weights, config), np.uint8), weights["start"])
    np.testing.assert_allclose(server.people(histories, items), right, rtol=1e-4, atol=1e-5)
    assert server.people([], items).shape == (0, 32)
