"""`batchfirst.lightning.LayoutCallback`: a training with Lightning that is watched, its first batch audited."""

from __future__ import annotations

from batchfirst.frontends.lightning import LayoutCallback

__all__ = ["LayoutCallback"]
