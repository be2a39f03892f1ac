"""Following an axis through operations that mix it by contract: the change is kept at its own place only.

A recurrent module carries every earlier step into every later one: rightly so, but behind it nobody could see which
axis is time. So, in the runs that follow axes, what changes elsewhere than at the changed steps is taken from the
baseline. The same for attention (at the query's step, also where it is written by hand), softmax over steps,
convolution and pooling (windows keep their order), and BatchNorm in training mode (batch).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from batchfirst.contracts import operations
from batchfirst.model.layout import Role
from batchfirst.observe.recorder import Recorder, tensors_in
from batchfirst.observe.run import Op, Run
from batchfirst.observe.verdicts import changed

_ATTENTION = (
    frozenset(
        "MultiheadAttention TransformerEncoderLayer TransformerDecoderLayer TransformerEncoder TransformerDecoder "
        "Transformer".split()
    )
    | operations.ATTENTIONS
)

_PRODUCTS = frozenset("matmul bmm".split())
_PASSED_ON = frozenset("dropout contiguous to float half bfloat16 clone".split())


class Aligner:
    """A Recorder's `transform` that restricts changes to their own place along `role`."""

    def __init__(self, base: Run, role: Role) -> None:
        self.base, self.role = base, role
        self._twins = base.by_key()

    def __call__(
        self, recorder: Recorder, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, op: Op
    ) -> Any:
        product = self.role == "seq" and op.name in _PRODUCTS
        if not product and not self._by_contract(op):
            return None
        twin = self._twins.get(op.key)
        if twin is None or not twin.inputs or not op.inputs or (product and not self._weighs(twin)):
            return None
        mine, before = recorder.run.values[op.inputs[0]], self.base.values[twin.inputs[0]]
        mask = changed(before.data, mine.data)
        if mask is None:
            return None
        results = [self.base.values[v].data for v in twin.outputs]
        return self._restricted(out, mask, results, op)

    def _by_contract(self, op: Op) -> bool:
        if self.role == "batch":
            return op.name == "batch_norm" and bool(op.options.get("training"))
        if self.role != "seq":
            return False
        recurrent = op.module is not None and op.module.kind in operations.RECURRENT.values() and bool(op.roles)
        return recurrent or op.name in _ATTENTION or op.name in operations.SOFTMAXES or op.name in operations.WINDOWS

    def _weighs(self, twin: Op) -> bool:
        """Whether a product takes a softmax's result for its first operand: attention written by hand."""
        op = twin
        while op.inputs:
            producer = self.base.values[op.inputs[0]].producer
            if producer is None:
                return False
            op = self.base.ops[producer]
            if op.name in operations.SOFTMAXES:
                return True
            if op.name not in _PASSED_ON:
                return False
        return False

    def _restricted(self, out: Any, mask: Tensor, before: list[Tensor | None], op: Op) -> Any:
        tensors = list(tensors_in(out))
        first, result = tensors[0], before[0]
        if result is None or result.shape != first.shape:
            return None
        if op.name in _PRODUCTS:
            # Weights of a query's own step differ at every key, those of other steps at the changed key only.
            keep = mask.all(-1, keepdim=True)
            if mask.shape[-1] < 2 or keep.shape[:-1] != first.shape[:-1] or not bool(keep.any()) or bool(keep.all()):
                return None
        elif op.name in operations.WINDOWS:
            keep = _windows(mask, first.shape, operations.WINDOWS[op.name])
        elif op.name in operations.SOFTMAXES or op.name == "batch_norm":
            keep = mask.any(tuple(range(1, mask.ndim)), keepdim=True) if op.name == "batch_norm" else mask
        else:
            keep = mask.any(-1, keepdim=True)
            if keep.shape[:-1] != first.shape[:-1]:
                return None
        changes = {id(first): torch.where(keep, first, result)}
        if op.module is not None and op.module.kind == "LSTMCell" and len(tensors) > 1 and before[1] is not None:
            changes[id(tensors[1])] = torch.where(keep, tensors[1], before[1])
        return with_tensors(out, changes)


def _windows(mask: Tensor, shape: torch.Size, spatial: int) -> Tensor:
    """Where a window operation's output belongs to changed places of its input: the same share of the way along."""
    keep = mask.any(mask.ndim - spatial - 1, keepdim=True)
    for axis in range(mask.ndim - spatial, mask.ndim):
        given, made = mask.shape[axis], shape[axis]
        if made <= given:
            places = torch.arange(given, device=mask.device) * made // given
            size = [*keep.shape[:axis], made, *keep.shape[axis + 1 :]]
            counts = torch.zeros(size, dtype=torch.int64, device=mask.device)
            keep = counts.index_add(axis, places, keep.to(torch.int64)) > 0
        else:
            keep = keep.index_select(axis, torch.arange(made, device=mask.device) * given // made)
    return keep


def with_tensors(tree: Any, changes: dict[int, Tensor]) -> Any:
    """A result with some of its tensors, by id, replaced."""
    if isinstance(tree, Tensor):
        return changes.get(id(tree), tree)
    if isinstance(tree, tuple):
        parts = [with_tensors(part, changes) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return tree
