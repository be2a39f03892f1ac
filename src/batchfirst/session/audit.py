"""`bf.audit`: measure which axis is which, and point at the line that lost it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from batchfirst.diagnosis.silent.audit import diagnose_trace
from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace
from batchfirst.observe.inputs import Layouts
from batchfirst.observe.probe import Probe


@dataclass(frozen=True)
class Audit:
    """What an audit measured: `findings`, the closest cause first, and `trace`, every step of the way."""

    findings: tuple[Finding, ...]
    trace: Trace

    @property
    def ok(self) -> bool:
        """Whether nothing was found that is wrong: no error and no warning."""
        return not any(found.severity in ("error", "warning") for found in self.findings)


def audit(
    model_or_function: Callable[..., Any],
    *inputs: Any,
    kwargs: Mapping[str, Any] | None = None,
    layout: Layouts = None,
    lengths: Tensor | None = None,
    causal: bool | None = None,
    seed: int = 0,
) -> Audit:
    """Measure."""
    probe = Probe(model_or_function, inputs, dict(kwargs or {}), layout, lengths, seed)
    try:
        trace, base = probe.measure()
    finally:
        probe.close()
    if base.error is not None:
        raise base.error
    return Audit(diagnose_trace(trace), trace)
