"""The adapter as one small file: two thin matrices for each adapted layer, and the items' map.

Names are those of the base model's weights, followed by `.down` [rank, in] and `.up` [out, rank];
the layer's weight grows by their product, `up @ down`. Half precision: some 1.5 MB
for MiniLM at rank 16. Only a share of what was learned is kept, so that the model still knows what
no instruction has taught it ("robust fine-tuning", Wortsman et al. 2022).
"""

import re
from pathlib import Path
from typing import Any, Final

from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA

__all__ = ["export"]

_LORA: Final = re.compile(r"\.bert\.(encoder\..+)\.lora_([AB])\.")


def export(model: Any, path: Path, *, strength: float = 1.0) -> Path:
    """Write the adapter of a tuned model, times `strength`; whole or not at all."""
    torch, files = load("torch", extra=EXTRA), load("safetensors.torch", extra=EXTRA)
    config = model.peft_config["default"]
    scale = config.lora_alpha / config.r
    parts: dict[str, Any] = {}
    for name, value in model.state_dict().items():
        kept = value.detach().float().cpu()
        if found := _LORA.search(name):
            up = found[2] == "B"
            parts[f"{found[1]}.weight.{'up' if up else 'down'}"] = (
                kept * scale * strength if up else kept
            )
        elif ".head." in name and ".default." in name:
            parts["head"] = kept.T * strength  # applied as vectors @ head
    halves = {name: value.to(torch.float16).contiguous() for name, value in parts.items()}
    made = path.with_suffix(".part")
    files.save_file(halves, str(made))
    made.replace(path)
    return path
