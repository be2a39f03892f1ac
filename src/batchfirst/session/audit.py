"""`bf.audit`: measure which axis is which, and point at the line that lost it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from batchfirst.diagnosis.silent.audit import diagnose_trace
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Evidence, Finding, Severity
from batchfirst.model.shown import Shown
from batchfirst.model.trace import Trace
from batchfirst.observe.declared import assume_layout, declared_layouts
from batchfirst.observe.inputs import Layouts
from batchfirst.observe.probe import Probe
from batchfirst.render.audit import render_audit
from batchfirst.render.audit_json import audit_from_json, audit_to_json
from batchfirst.render.html import render_html
from batchfirst.render.trace_table import render_trace
from batchfirst.session.explain import attach, explain
from batchfirst.session.ranks import ranked


@dataclass(frozen=True, repr=False)
class Audit(Shown):
    """What an audit measured: `findings`, the closest cause first, and `trace`, every step of the way.

    `print(audit)` leads with the verdict in one line; `print(audit.trace)` is the way as a table. In a notebook both
    are shown as in `to_html`.

    Example:
        >>> import torch
        >>> x = torch.zeros(32, 50, 8)  # batch seq features
        >>> wrong = audit(torch.nn.GRU(8, 16), x, layout="batch seq features")
        >>> right = audit(torch.nn.GRU(8, 16, batch_first=True), x, layout="batch seq features")
        >>> wrong.ok, right.ok
        (False, True)
    """

    findings: tuple[Finding, ...]
    trace: Trace

    @property
    def ok(self) -> bool:
        """Whether nothing was found that is wrong: no error and no warning."""
        return not any(found.severity in ("error", "warning") for found in self.findings)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return render_audit(self.findings, self.trace)

    def show(self, *, color: bool = False, width: int = 80) -> str:
        """The report as text, no line wider than `width`; `print(audit)` shows it plain."""
        return render_audit(self.findings, self.trace, color=color, width=width)

    def show_trace(self, *, color: bool = False, width: int = 80) -> str:
        """The way from the inputs to the result as a table: one row per tensor, what each of its axes carries."""
        return render_trace(self.trace, color=color, width=width)

    def to_json(self) -> str:
        """Findings and trace as a JSON document, schema "batchfirst.audit/1" (docs/json.md)."""
        return audit_to_json(self.findings, self.trace)

    @classmethod
    def from_json(cls, text: str) -> Audit:
        """The audit that `to_json` wrote, equal to it. Raises UsageError for any other text."""
        return cls(*audit_from_json(text))

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one self-contained HTML file: no script, nothing loaded from elsewhere.

        Raises OSError, naming the path, where it cannot be written, and UsageError where `path` is no path.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise UsageError("path", path, "a path, as text or as an os.PathLike")
        text = render_html(self.findings, self.trace)  # first: what stands there is kept if this fails
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def _repr_html_(self) -> str:
        return render_html(self.findings, self.trace, whole=False)


def audit(
    model_or_function: Callable[..., Any],
    *inputs: Any,
    kwargs: Mapping[str, Any] | None = None,
    layout: Layouts = None,
    lengths: Tensor | None = None,
    causal: bool | None = None,
    seed: int = 0,
) -> Audit:
    """Measure which axis of every tensor carries the batch, the steps and the features, and name what mixes them up.

    The program runs a dozen times or so on copies of the inputs (large ones cut to a small slice), each time with the
    same random numbers and with one sample, one step or one feature replaced; every tensor on the way is compared
    with the first run bit for bit. Parameters, buffers, gradients, attributes, modes and random generators are put
    back; `backward()` is not carried out; the inputs are never written.

    Args:
        model_or_function: a module, or any callable: a training step with its loss, a lambda around a model.
        *inputs: what it is called with; tensors may lie in tuples, lists, dicts, dataclasses, PackedSequences.
        kwargs: what it is called with by name, likewise.
        layout: what the data is: one string for the first input ("batch seq features"), a sequence with one entry per
            input (None: not data, such as a mask), or a mapping from paths ("0", "x/tokens", "1/pi/*") to layouts.
            Without one, annotations of `@bf.checked` are taken; else "batch seq features" is assumed, and what rests
            on that is only noted.
        lengths: real steps of each sample, int64 (batch,), where padding cannot be seen in the data.
        causal: True: no output step may depend on later steps (BF403).
        seed: for the replaced values and for the program's own random numbers.

    Returns:
        Audit with `.findings`, `.ok` and `.trace`.

    Raises:
        UsageError: an argument that cannot be used; it names the argument, what was given and what is accepted.
        Exception: whatever the program raises by itself, with the explanation of `bf.explain` attached as a note.

    Example:
        >>> import torch, batchfirst as bf
        >>> lstm = torch.nn.LSTM(8, 16)
        >>> result = bf.audit(lstm, torch.randn(4, 7, 8), layout="batch seq features")
        >>> result.ok, result.findings[0].code
        (False, 'BF101')
    """
    if not callable(model_or_function):
        raise UsageError("model_or_function", model_or_function, "a module or a function that can be called")
    if not isinstance(seed, int):
        raise UsageError("seed", seed, "a whole number")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise UsageError("kwargs", kwargs, "a mapping from parameter names to values")
    named = dict(kwargs or {})
    given = layout if layout is not None else declared_layouts(model_or_function, inputs, named)
    assumed = assume_layout(inputs, named) if given is None else None
    probe = Probe(model_or_function, inputs, named, assumed if given is None else given, lengths, bool(causal), seed)
    for path, text in (assumed or {}).items():
        remark = f'no layout was given: assumed "{text}" for input {path}; what rests on that is only noted'
        probe.remarks.append(remark)
    try:
        trace, base = probe.measure()
    finally:
        probe.close()
    if base.error is not None:
        attach(base.error)
        raise base.error
    diagnosis = diagnose_trace(trace)
    findings = (*diagnosis.findings, *_fixed_batch(probe, trace))
    trace = replace(trace, accused=diagnosis.accused)
    return Audit(tuple(ranked(_only_noted(found) if assumed else found) for found in findings), trace)


def _fixed_batch(probe: Probe, trace: Trace) -> tuple[Finding, ...]:
    """BF203 where a module refuses its own first sample alone, because a state is made for another batch size."""
    if probe.single is None or probe.single.error is None:
        return ()
    found = explain(probe.single.error).findings
    if not found or found[0].code != "BF203":
        return ()
    seen = Evidence(f"with {trace.batch} samples it runs; with the first one alone it raises", "audit")
    severity: Severity = "note" if trace.resettable else "warning"
    return (replace(found[0], severity=severity, evidence=(seen, *found[0].evidence)),)


def _only_noted(found: Finding) -> Finding:
    remark = "this rests on a layout that was assumed: declare it with layout="
    return replace(found, severity="note", notes=(*found.notes, remark))
