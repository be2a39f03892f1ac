"""Diagnosis of one call: what is wrong with it, by its contract, its shapes and, after a crash, its traceback.

`diagnose_call` is asked before a call is made (a hook) or after it failed; `diagnose_crash` adds what the traceback
says of the values' origins. Both are pure: they read facts, and import no torch.
"""

from __future__ import annotations

from collections.abc import Callable

from batchfirst.diagnosis.calls import attention, backward, linear, lines, losses, neighbours, packing, parallel
from batchfirst.diagnosis.calls.case import RECURRENT, Case
from batchfirst.diagnosis.calls.declared import against_declared
from batchfirst.diagnosis.calls.recurrent import recurrent
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact
from batchfirst.model.origin import Crash

_RULES: dict[str, Callable[[Case], tuple[Finding, ...]]] = {
    **dict.fromkeys(RECURRENT, recurrent),
    **dict.fromkeys(("Linear", "linear"), linear.linear),
    **dict.fromkeys(("Embedding", "embedding"), neighbours.embedding),
    **dict.fromkeys(neighbours.CONVOLUTIONS, neighbours.convolution),
    **dict.fromkeys(neighbours.MAPS, neighbours.maps),
    **dict.fromkeys(neighbours.NORMS, neighbours.norm),
    **dict.fromkeys(attention.KINDS, attention.attention),
    "pack_padded_sequence": packing.pack,
    "pad_packed_sequence": packing.pad,
    "pad_sequence": packing.pad_sequence,
    "backward": backward.backward,
    "DataParallel": parallel.split,
}


def diagnose_call(call: CallFact, declared: Layout | None = None) -> tuple[Finding, ...]:
    """What is wrong with a call, most likely cause first; empty where nothing is, or nothing can be said for certain.

    Without `call.error` (before the call is made) only what torch is certain to refuse is reported and, with the
    declared layout of its input, what torch accepts in silence: batch and time exchanged (BF101), a batch read as one
    unbatched sequence (BF102), prediction and target that broadcast (BF601).

    Example:
        >>> from batchfirst.model.observation import ModuleFact, TensorFact
        >>> gru = ModuleFact("GRU", "encoder", {"input_size": 3, "hidden_size": 4, "batch_first": True})
        >>> x, h = TensorFact((5, 7, 3), "float32"), TensorFact((5, 1, 4), "float32")
        >>> [f.code for f in diagnose_call(CallFact(gru, {"input": x, "hx": h}))]
        ['BF201']
    """
    return _diagnose(Case(call, None, declared))


def diagnose_crash(crash: Crash, declared: Layout | None = None) -> tuple[Finding, ...]:
    """What is wrong with the call that failed, with the origins of its arguments as further evidence."""
    return _diagnose(Case(crash.call, crash, declared))


def _diagnose(case: Case) -> tuple[Finding, ...]:
    if case.kind in RECURRENT and case.declared is not None:
        found = against_declared(case)
        if found and found[0].severity != "note":
            return found
        return (*recurrent(case), *found)
    rule = _RULES.get(case.kind)
    if rule is not None:
        return rule(case)
    if (
        case.kind.endswith("Loss")
        or case.kind in losses.CLASS_LOSSES + losses.EXACT_LOSSES
        or case.kind.endswith("_loss")
    ):
        return losses.loss(case)
    if case.call.error is None:
        return ()
    return lines.line(case)
