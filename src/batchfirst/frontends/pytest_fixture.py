"""What the fixture `batchfirst` offers a test."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from torch import Tensor

from batchfirst.diagnosis.codes import finding
from batchfirst.frontends.watch import watch
from batchfirst.model.errors import layout_error
from batchfirst.model.finding import Evidence
from batchfirst.model.layout import Layout, LayoutMismatch
from batchfirst.observe.callsite import user_location
from batchfirst.observe.facts import tensor_fact
from batchfirst.observe.inputs import Layouts
from batchfirst.session.audit import audit


class BatchfirstFixture:
    """Assertions raise LayoutError, its finding as the text; bad arguments UsageError or LayoutSyntaxError."""

    watch = staticmethod(watch)
    audit = staticmethod(audit)

    def assert_layout(self, tensor: Tensor, layout: str, **sizes: int) -> dict[str, int]:
        """Assert that the shape fits `layout`, with these sizes; the size of every name, for further assertions.

        Shapes only: a tensor whose axes are exchanged but of equal size fits.

        Example:
            >>> import torch
            >>> BatchfirstFixture().assert_layout(torch.zeros(5, 7, 3), "batch seq features", batch=5)
            {'batch': 5, 'seq': 7, 'features': 3}
        """
        __tracebackhide__ = True
        try:
            return Layout.parse(layout).bind(tensor.shape, sizes)
        except LayoutMismatch as mismatch:
            place = user_location(sys._getframe(1))
            found = finding("BF001", str(mismatch), location=place, label=str(tensor_fact(tensor)))
            raise layout_error(found, TypeError) from None

    def assert_batch_independent(self, model: Callable[..., Any], *inputs: Any, layout: Layouts) -> None:
        """Assert, by `bf.audit`, that no element of a result depends on two samples.

        Holds in the mode that the model is in: BatchNorm in training mode mixes samples.
        """
        __tracebackhide__ = True
        result = audit(model, *inputs, layout=layout)
        trace = result.trace
        if not any(trace.values[value].batch.kind == "mixed" for value in trace.results):
            return
        closest = [found for found in result.findings if found.severity != "note"]
        seen = Evidence("a change of one sample reaches results of others", "audit")
        place = user_location(sys._getframe(1))
        raise layout_error(closest[0] if closest else finding("BF402", location=place, evidence=(seen,)))

    def assert_causal(self, model: Callable[..., Any], *inputs: Any, layout: Layouts) -> None:
        """Assert, by `bf.audit(causal=True)`, that no output step depends on later steps (BF403)."""
        __tracebackhide__ = True
        for found in audit(model, *inputs, layout=layout, causal=True).findings:
            if found.code == "BF403":
                raise layout_error(found)
