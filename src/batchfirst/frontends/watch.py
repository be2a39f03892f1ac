"""`bf.watch`: look on while a model runs, and stop at the first layout mistake."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from torch import nn
from torch.nn.modules.loss import _Loss

from batchfirst.model import settings
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact
from batchfirst.model.shown import Shown
from batchfirst.observe.callsite import local_names, user_frame
from batchfirst.session.explain import attach
from batchfirst.session.watching import Watching

LayoutLike = str | Layout | None
LayoutsLike = LayoutLike | Sequence[LayoutLike] | Mapping[str, LayoutLike]


class Watch(Shown):
    """What `bf.watch` returns: a handle with `.remove()`, and a context manager that removes itself."""

    def __init__(self, watching: Watching | None) -> None:
        self._watching = watching

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order it was found; no more than 256 are kept."""
        return () if self._watching is None else self._watching.findings

    @property
    def calls(self) -> tuple[CallFact, ...]:
        """The last 256 calls of the modules watched: shapes, dtypes, settings; never a tensor.

        The location of a call is where one of the same shapes was first made.
        """
        return () if self._watching is None else self._watching.calls

    def remove(self) -> None:
        """Take every hook off. Findings and calls stay. Again is no different."""
        if self._watching is not None:
            self._watching.stop()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
        if error is not None and self._watching is not None:
            attach(error)

    def __repr__(self) -> str:
        return f"<batchfirst.watch: {len(self.findings)} findings, {len(self.calls)} calls kept>"

    def __str__(self) -> str:
        return "\n\n".join([repr(self), *map(str, self.findings)])

    def _repr_html_(self) -> str:
        from batchfirst.render.html_part import findings_part

        return findings_part(self.findings, head=f"batchfirst watch, calls kept: {len(self.calls)}")


def watch(
    model: nn.Module,
    layout: LayoutsLike = None,
    on_mismatch: str | None = None,
) -> Watch:
    """Check every call of the recurrent modules, cells, neighbours and losses inside `model` before torch makes it.

    Reads shapes, dtypes and settings only: no value, no device is waited for, no result changes by a bit. What a
    call's verdict depends on is judged once and remembered.

    layout: what the model's input is, such as "batch seq features": of the first input, or a sequence with one entry
        per input (None: not data), or a mapping from paths ("0", "x", "0/tokens"), as in `bf.audit`. With it the
        mistakes that torch accepts and shapes show are found too, at modules that read the declared tensor itself, a
        transposed view of it, or what torch's own modules (Embedding, Linear, Dropout, …) made of it. Behind any
        other operation nothing is known, and nothing is said. Without it only what torch refuses is reported.
    on_mismatch: "raise" (LayoutError, before torch's own error), "warn", "record", "breakpoint" or "off"; None: the
        environment variable BATCHFIRST, else "raise".

    Loss modules (nn.MSELoss, …) are watched inside `model`, and those that the calling function's names and its
    script's names hold when the watch begins. Losses called as functions are not seen: `bf.audit` and `bf.explain`
    see them. Modules that are put into the model later are watched from then on. Hooks never travel with a copy or a
    pickle. Under torch.compile what is traced is checked, once; nothing of that is left in the graph.

    Raises UsageError for a bad argument, LayoutSyntaxError for a bad layout.

    Example:
        >>> import torch
        >>> model = nn.Sequential(nn.LSTM(8, 16))
        >>> with watch(model, layout="batch seq features", on_mismatch="record") as w:
        ...     _ = model(torch.zeros(32, 50, 8))
        >>> w.findings[0].code
        'BF101'
    """
    if not isinstance(model, nn.Module):
        raise UsageError("model", type(model).__name__, "a torch.nn.Module")
    policy = settings.policy(on_mismatch)
    layouts = parsed_layouts(layout)
    if policy == "off":
        return Watch(None)
    watching = Watching(model, layouts, on_mismatch)
    for loss in _losses_in_reach():
        watching.cover(loss)
    return Watch(watching)


def parsed_layouts(layout: Any) -> Any:
    """The same structure with every string parsed, so that a mistake in one is told here and not in a forward."""
    if layout is None or isinstance(layout, Layout):
        return layout
    if isinstance(layout, str):
        return Layout.parse(layout)
    if isinstance(layout, Mapping):
        return {path: parsed_layouts(one) for path, one in layout.items()}
    if isinstance(layout, Sequence) and all(one is None or isinstance(one, (str, Layout)) for one in layout):
        return [parsed_layouts(one) for one in layout]
    raise UsageError("layout", layout, "a string, a sequence with one entry per input, or a mapping from paths")


def _losses_in_reach() -> list[nn.Module]:
    """The loss modules that the caller's local and global names hold."""
    frame = user_frame(sys._getframe(2))
    if frame is None:
        return []
    return [value for value in {**frame.f_globals, **local_names(frame)}.values() if isinstance(value, _Loss)]
