"""For packages that import torchvision where its compiled part (built for CUDA) cannot load.

Two names of operations are then missed at import; declared here, without any code behind them, they do.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import torch


def declare_names() -> None:
    """Make `import torchvision` work, where it is installed at all."""
    if find_spec("torchvision") is None:
        return
    try:
        import_module("torchvision")
    except RuntimeError:
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
