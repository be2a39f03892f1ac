"""A call of LSTM, GRU, RNN or a cell: the stages in which torch looks at it, and the mistakes at each."""

from __future__ import annotations

from collections.abc import Iterable

from batchfirst.contracts.check import accepts
from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls import cells, inputs, packing, states, structures
from batchfirst.diagnosis.calls.case import Case, Hypothesis, best
from batchfirst.model.finding import Finding
from batchfirst.model.observation import PackedFact, TensorFact

_OF_THE_INPUT = ("BF104", "BF105", "BF106", "BF107", "BF108", "BF404")


def recurrent(case: Case) -> tuple[Finding, ...]:
    """What is wrong with this call: the cause of what torch refuses first; then what is wrong besides."""
    settings = case.contract
    if settings is None:
        return ()
    x = case.fact("input")
    if not isinstance(x, (TensorFact, PackedFact)):
        return best(inputs.not_a_tensor(case))
    if case.call.error is None and not _refused(case, settings):
        return ()
    found = best(inputs.rank(case, settings))
    if found:
        return found
    loop = [*cells.wrong_loop(case, settings), *cells.wrong_step(case, settings)]
    structure = _first(structures.structure(case, settings), structures.ranks(case, settings))
    data = _first(inputs.dtype(case) if _counts_dtype(case) else (), inputs.features(case, settings))
    sizes = _first(states.sizes_wrong(case, settings))
    if case.call.error is not None:
        sizes = sizes or _first(inputs.state_dtype(case), packing.claimed(case))
    stages = [stage for stage in (structure, data, sizes) if stage]
    if not stages:
        return best(loop) if loop else ()
    first = best([*stages[0], *loop])
    if first[0].code in _OF_THE_INPUT:
        return first
    others = [best(stage)[0] for stage in stages[1:]]
    return (*first, *(f for f in others if f.code in _OF_THE_INPUT))


def _first(*stages: Iterable[Hypothesis]) -> list[Hypothesis]:
    for stage in stages:
        found = list(stage)
        if found:
            return found
    return []


def _counts_dtype(case: Case) -> bool:
    """Before a call, autocast may still convert one precision into another; ids it never converts."""
    x = case.tensor("input")
    return case.call.error is not None or (x is not None and x.dtype in inputs.WHOLE)


def _refused(case: Case, settings: RecurrentSettings) -> bool:
    """Whether torch will refuse the call, for certain."""
    x, hx = case.fact("input"), case.fact("hx")
    if _counts_dtype(case) and case.tensor("input") is not None and list(inputs.dtype(case)):
        return True
    h = hx if isinstance(hx, TensorFact) else None
    c, count = None, None
    if isinstance(hx, tuple):
        if not all(isinstance(part, TensorFact) for part in hx):
            return True
        pair = [part for part in hx if isinstance(part, TensorFact)]
        h, c = (pair[0], pair[1]) if len(pair) == 2 else (None, None)
        count = None if len(pair) == 2 else len(pair)
    data = x.data if isinstance(x, PackedFact) else x
    assert isinstance(data, TensorFact)
    found = accepts(
        settings, data.shape, h.shape if h is not None else None, c.shape if c is not None else None,
        state_parts=count, packed_batch=x.batch if isinstance(x, PackedFact) else None,
    )  # fmt: skip
    # Whether a packed input was sorted isn't known here, and then torch takes states that it refuses otherwise.
    certain = [v for v in found if v.outcome == "refused" and not (isinstance(x, PackedFact) and v.argument != "input")]
    return bool(certain)
