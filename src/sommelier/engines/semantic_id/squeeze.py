"""A network that squeezes item vectors before they get codes: RQ-VAE, with balanced codes.

Encoder and decoder of one hidden layer each (as in TIGER, Rajput et al. 2023). What the decoder is
given are the sums of the centres that a latent vector's codes stand for, made anew every few rounds
by balanced k-means, so that no code dies out and none is a heap; gradients pass the codes straight
through. Learning needs torch, squeezing NumPy only.
"""

from typing import TYPE_CHECKING

import numpy as np

from sommelier.engines.semantic_id.quantise import residual_codes
from sommelier.engines.sequence.shape import EXTRA
from sommelier.extras import load
from sommelier.types import Floats

if TYPE_CHECKING:
    import torch

__all__ = ["learn_squeeze", "squeezed", "unsqueezed"]

_HIDDEN, _LATENT = 256, 64
_TURNS, _ROUNDS = 8, 15  # times that codes are made, and rounds over all items for each
_ITEMS = 256  # of a step
_COMMIT = 0.25  # weight of how far latent vectors are from what their codes stand for
_RATE = 1e-3


def unsqueezed() -> tuple[Floats, Floats]:
    """Return the layers that leave vectors as they are."""
    return np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32)


def squeezed(vectors: Floats, inner: Floats, outer: Floats) -> Floats:
    """Return latent vectors [n, 64]: two layers [size + 1, hidden], [hidden + 1, 64], bias last."""
    if not inner.size:
        return vectors
    hidden = vectors @ inner[:-1] + inner[-1]
    hidden = hidden / (1.0 + np.exp(-np.clip(hidden, -60.0, 60.0)))
    return np.asarray(hidden @ outer[:-1] + outer[-1], np.float32)


def learn_squeeze(vectors: Floats, levels: int, codes: int, seed: int) -> tuple[Floats, Floats]:
    """Return the two layers of the encoder for vectors [n, size]; see `squeezed`."""
    torch = load("torch", extra=EXTRA)
    size = vectors.shape[1]
    shapes = [(size, _HIDDEN), (_HIDDEN, _LATENT), (_LATENT, _HIDDEN), (_HIDDEN, size)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [_first(*shape) for shape in shapes]
    given, rng = torch.from_numpy(vectors), np.random.default_rng(seed)
    optimiser = torch.optim.Adam(layers, lr=_RATE)
    meant = None
    for turn in range(_TURNS):
        if turn:  # at first nothing is known, and it learns without codes
            latent = squeezed(vectors, *(part.detach().numpy() for part in layers[:2]))
            found, centres = residual_codes(latent, levels, codes, seed)
            sums = sum(centres[level][found[:, level]] for level in range(levels))
            meant = torch.from_numpy(np.asarray(sums, np.float32))
        for _ in range(_ROUNDS):
            order = torch.from_numpy(rng.permutation(len(vectors)))
            for some in order.split(_ITEMS):
                loss = _loss(layers, given[some], None if meant is None else meant[some])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    inner, outer = (part.detach().numpy().copy() for part in layers[:2])
    return inner, outer


def _first(wide: int, narrow: int) -> "torch.Tensor":
    torch = load("torch", extra=EXTRA)
    drawn = torch.cat([torch.randn(wide, narrow) * max(1, wide) ** -0.5, torch.zeros(1, narrow)])
    return drawn.requires_grad_()


def _loss(
    layers: "list[torch.Tensor]", given: "torch.Tensor", meant: "torch.Tensor | None"
) -> "torch.Tensor":
    """Return how far what comes back is from what was given, and latents from what is meant."""
    latent = _through(given, *layers[:2])
    if meant is None:
        return ((_through(latent, *layers[2:]) - given) ** 2).sum(dim=1).mean()
    passed = latent + (meant - latent).detach()
    back = ((_through(passed, *layers[2:]) - given) ** 2).sum(dim=1)
    return (back + _COMMIT * ((latent - meant) ** 2).sum(dim=1)).mean()


def _through(rows: "torch.Tensor", inner: "torch.Tensor", outer: "torch.Tensor") -> "torch.Tensor":
    silu = load("torch", extra=EXTRA).nn.functional.silu
    return silu(rows @ inner[:-1] + inner[-1]) @ outer[:-1] + outer[-1]
