"""BF208: a state carried into the next batch with its graph, seen when backward runs through it again."""

from __future__ import annotations

from batchfirst.diagnosis.calls.case import Case, seen
from batchfirst.model.finding import Finding
from batchfirst.model.observation import TensorFact


def backward(case: Case) -> tuple[Finding, ...]:
    """A state that still has the graph of the step before, in the names or modules of the user's frames."""
    carried = case.fact("carried")
    name = case.settings.get("carried")
    if not isinstance(carried, TensorFact) or not isinstance(name, str) or case.call.error is None:
        return ()
    again = "second time" in case.call.error.message or "inplace operation" in case.call.error.message
    if not again:
        return ()
    return (
        case.make(
            "BF208", f"the state {name} is carried into the next batch with the graph of the one before",
            evidence=[seen(f"{name} is {carried}, the shape of a state of {case.settings.get('module')}"),
                      seen(f"{name} still has a graph (its grad_fn is set)", "torch")],
            fix=f"cut it loose before the next batch: {name}.detach() (of an LSTM both h and c), or start from zeros",
            effects=("gradients would run through every batch before this one",), label=f"{name}: {carried}",
        ),
    )  # fmt: skip
