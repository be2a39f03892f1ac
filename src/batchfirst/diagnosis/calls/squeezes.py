"""BF404: a squeeze somewhere on the way removed an axis of size 1 that is batch or time, not only the one meant."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.diagnosis.calls.axes import axes_of
from batchfirst.diagnosis.calls.case import Case, Hypothesis, seen
from batchfirst.diagnosis.calls.edits import base_text, replaced
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Edit
from batchfirst.model.origin import Origin


def squeezed(case: Case, origin: Origin, name: str, weight: int, last: bool = False) -> Iterator[Hypothesis]:
    """The hypothesis that an axis is missing because of a squeeze on the way to `name`.

    last: only where the last axis went, which is what a mismatch of features asks for. A squeeze that names a time axis
    of one step is meant; one that names the batch axis, or names none and takes more than one, is not.
    """
    for step in origin.walk():
        if step.op != "squeeze" or not step.inputs:
            continue
        base = step.inputs[0]
        shape, labels = base.shape, axes_of(base)
        if shape is None or 1 not in shape:
            continue
        axis = step.detail[0] if step.detail and isinstance(step.detail[0], int) else None
        if axis is None:
            gone = [n for n, size in enumerate(shape) if size == 1]
        else:
            gone = [axis % len(shape)] if shape[axis % len(shape)] == 1 else []
        lost = [n for n in gone if labels is not None and labels[n] == "batch"]
        if not lost and (axis is not None or len(gone) < 2):
            continue
        if last and len(shape) - 1 not in gone:
            continue
        what = f"the {labels[lost[0]]} axis" if lost and labels is not None else "more than one axis"
        kept = [n for n in gone if n not in lost]
        after = _narrower(step, kept)
        found = case.make(
            "BF404", f"{step.text} removes {what}, because its size is 1 here",
            at=name if name in case.call.args else "",
            evidence=[
                seen(f"before it {shape}{_named(labels)}, after it {step.shape}"),
                seen(f"it stands at {where(step.location).removeprefix(', ')}: {step.text}", "source"),
            ],
            fix="name the one axis to remove, by its place: squeeze(dim); where none is to go, leave it out",
            edits=[after], effects=("it does this only for a batch of one, or a sequence of one step",),
        )  # fmt: skip
        yield Hypothesis(weight, found)
        return


def _narrower(step: Origin, kept: list[int]) -> Edit | None:
    base = base_text(step.text)
    return replaced(step, f"{base}.squeeze({kept[0]})" if len(kept) == 1 else base) if base else None


def _named(labels: tuple[str, ...] | None) -> str:
    return f" ({', '.join(labels)})" if labels is not None and "?" not in labels else ""
