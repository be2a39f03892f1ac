"""BF108: a loop over a cell, or over one-step calls, that runs over another axis than time."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls.case import Case, Hypothesis, seen
from batchfirst.diagnosis.calls.edits import base_name
from batchfirst.diagnosis.calls.given_state import states_of
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.origin import Origin

_TAKES = ("[]", "iterate", "part", "select", "unbind", "squeeze", "chunk", "split", "narrow")


def wrong_loop(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A step taken off the batch axis, seen by the state: it fits if the loop runs over the other axis."""
    x = case.tensor("input")
    taken = _taken_from(case.origin("input"))
    if x is None or taken is None or not settings.is_cell or x.ndim != 2:
        return
    step, whole = taken
    shape = whole.shape
    if shape is None or len(shape) != 3:
        return
    axis = _axis_taken(step)
    if axis is None:
        return
    others = [n for n in range(3) if n != axis]
    name = base_name(step) or "the sequence"
    cut = seen(f"{step.text or name} takes one entry of axis {axis} of {name} {shape}: {x.shape}", "source")
    if x.shape[-1] != settings.input_size and shape[axis] == settings.input_size:
        found = case.make(
            "BF108", f"the loop over {settings.kind} runs over the feature axis of {name}", at="input",
            evidence=[cut, seen(f"input_size is {settings.input_size}, the size of axis {axis}", "contract")],
            fix=f"take one step of time at a time, and keep axis {axis} whole",
        )  # fmt: skip
        yield Hypothesis(90, found)
        return
    state = next(iter(states_of(case, settings)), None)
    if state is None or len(state.shape) != 2 or state.shape[0] == x.shape[0]:
        return
    batch = state.shape[0]
    if batch == shape[axis] and batch not in (shape[n] for n in others if n != 2):
        found = case.make(
            "BF108", f"the loop over {settings.kind} runs over the batch axis of {name}, not over time", at="input",
            evidence=[cut, seen(f"the state {state.shape} is for {batch} samples, the size of axis {axis}"),
                      seen(f"{settings.kind} reads (batch, features)", "contract")],
            fix=_fix(axis, name),
        )  # fmt: skip
        yield Hypothesis(90, found)


def wrong_step(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """One step given to a layered module, taken off the batch axis of the data, seen by the state."""
    x = case.tensor("input")
    state = next(iter(states_of(case, settings)), None)
    if x is None or state is None or settings.is_cell or x.ndim != 3 or len(state.shape) != 3:
        return
    time, samples = (1, 0) if settings.batch_first else (0, 1)
    if x.shape[time] != 1 or state.shape[1] == x.shape[samples]:
        return
    for step in case.origin("input").walk() if case.origin("input") is not None else ():  # type: ignore[union-attr]
        base = step.inputs[0].shape if step.op in _TAKES and step.inputs else None
        axis = _axis_taken(step)
        if base is None or axis is None or len(base) < 2 or axis > 1:
            continue
        if base[axis] == state.shape[1] and base[1 - axis] == x.shape[samples]:
            name = base_name(step) or "the sequence"
            found = case.make(
                "BF108", f"the loop over steps runs over the batch axis of {name}, not over time", at="input",
                evidence=[seen(f"{step.text or name}{where(step.location)} cuts axis {axis} of {name} {base}",
                               "source"),
                          seen(f"the state {state.shape} is for {state.shape[1]} samples, the size of axis {axis}")],
                fix=_fix(axis, name),
            )  # fmt: skip
            yield Hypothesis(92, found)
            return


def _fix(axis: int, name: str) -> str:
    if axis == 0:
        return f"loop over axis 1: for t in range({name}.size(1)): … {name}[:, t]"
    return f"loop over axis 0: for t in range({name}.size(0)): … {name}[t]"


def _taken_from(origin: Origin | None) -> tuple[Origin, Origin] | None:
    """The index or loop that took one step, and the sequence that it was taken from."""
    while origin is not None and origin.inputs:
        base = origin.inputs[0]
        if len(base.shape or ()) == 3 and origin.op in _TAKES:
            return origin, base
        origin = base
    return None


def _axis_taken(step: Origin) -> int | None:
    if step.op in ("iterate", "part"):
        return 0
    if step.op == "[]":
        for place, word in enumerate(step.detail):
            if word in ("...", "None", "tensor"):
                return None
            if word not in (":", "a:b"):
                return place
        return None
    numbers = [d for d in step.detail if isinstance(d, int)]
    if step.op == "unbind":
        return numbers[0] if numbers else 0
    if step.op in ("split", "chunk"):
        return numbers[1] if len(numbers) > 1 else 0
    return numbers[0] if step.op == "select" and numbers else None


def loop_index(case: Case) -> Iterator[Hypothesis]:
    """An index beyond the axis, counted along another axis of the same tensor, in a step that a cell is given."""
    x, result = case.tensor("input"), case.origin("result")
    cell = case.origin("around")
    if (
        x is None
        or result is None
        or cell is None
        or cell.module is None
        or not cell.op.endswith("Cell")
        or x.ndim != 3
    ):
        return
    axis = _axis_taken(result)
    if axis is None or axis > 1:
        return
    found = case.make(
        "BF108", f"the loop over {cell.op} counts along another axis than it indexes", at="input",
        evidence=[seen(f"{case.text('input')} is {x.shape}: axis {axis} is indexed, and has {x.shape[axis]} entries"),
                  seen(f"each step goes to {cell.op}{where(cell.location)}, which reads (batch, features)",
                      "contract")],
        fix=_fix(axis, case.text("input")),
    )  # fmt: skip
    yield Hypothesis(85, found)
