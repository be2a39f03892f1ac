"""An index that a tensor does not have: too many of them, or beyond an axis (BF102, BF303, BF302, BF409, BF108)."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.diagnosis.calls import cells
from batchfirst.diagnosis.calls.axes import axes_of
from batchfirst.diagnosis.calls.case import LAYERED, Case, Hypothesis, recurrent_above, seen
from batchfirst.diagnosis.calls.edits import replaced
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Edit
from batchfirst.model.observation import TensorFact
from batchfirst.model.origin import Origin


def index(case: Case, x: TensorFact) -> Iterator[Hypothesis]:
    """An index that the tensor does not have: too many of them, or beyond an axis."""
    result, origin = case.origin("result"), case.origin("input")
    words = tuple(str(d) for d in result.detail) if result is not None else ()
    if not words or origin is None:
        return
    used = [w for w in words if w not in ("...", "None")]
    axes, source = axes_of(origin), recurrent_above(origin)
    text = result.text if result is not None else ""
    if len(used) > x.ndim:
        yield from too_few_axes(case, x, "input")
        return
    yield from cells.loop_index(case)
    if result is not None and "tensor" in words:
        yield from _by_tensor(case, x, origin, source, axes, words)
        return
    if source is None or axes is None:
        yield from _counted(case, x, result)
        return
    place = next((n for n, w in enumerate(used) if w not in (":", "a:b") and _beyond(w, x.shape[n])), None)
    if place is None:
        place = next((n for n, w in enumerate(used) if w == "?"), 0)
    axis = axes[place] if place < len(axes) else "?"
    shown = seen(f"{case.text('input')} is {x.shape}: ({', '.join(axes)}); axis {place} has {x.shape[place]} entries")
    if "layers*directions" in axes:
        found = case.make(
            "BF302", f"{text} asks the final state for a row that it does not have", at="input",
            evidence=[shown, seen(f"{source.op} keeps one row per layer and direction", "contract")],
            fix="the top layer is h_n[-1]; of a bidirectional module h_n[-2] and h_n[-1]",
        )  # fmt: skip
        yield Hypothesis(80, found)
    elif "seq" in axes:
        right = "[:, -1]" if axes[0] == "batch" else "[-1]"
        edit = replaced(result, case.text("input") + right) if result is not None and place is not None else None
        found = case.make(
            "BF303", f"{text} asks for an entry beyond the {axis} axis", at="input",
            evidence=[shown, seen(f"the output of {source.op}{where(source.location)} is ({', '.join(axes)})",
                "contract")],
            fix=f"the last step is {case.text('input')}{right}; or bf.last_step(output, module)", edits=[edit],
        )  # fmt: skip
        yield Hypothesis(80, found)


def _by_tensor(
    case: Case, x: TensorFact, origin: Origin, source: Origin | None, axes: tuple[str, ...] | None,
    words: tuple[str, ...],
) -> Iterator[Hypothesis]:  # fmt: skip
    if source is not None and axes is not None and "seq" in axes:
        found = case.make(
            "BF303", "the steps picked from the output lie beyond its time axis", at="input",
            evidence=[seen(f"{case.text('input')} is {x.shape}: ({', '.join(axes)})"),
                      seen("the last step of a sample of n steps has index n - 1", "contract")],
            fix="count from 0: lengths - 1, on the axis that is time; or bf.last_step(output, module, lengths)",
        )  # fmt: skip
        yield Hypothesis(75, found)
        return
    yield from _counted(case, x, case.origin("result"))


def _counted(case: Case, x: TensorFact, result: Origin | None) -> Iterator[Hypothesis]:
    """Samples picked, or counted, along an axis that has fewer entries than another one."""
    if result is None or x.ndim < 2 or not case.near:
        return
    words = [str(d) for d in result.detail]
    place = next((n for n, w in enumerate(words) if w not in (":", "a:b", "...", "None")), None)
    counted = any(o.op == "counter" and o.find("size", "shape") is not None for o in result.inputs[1:])
    if place != 0 or x.shape[1] <= x.shape[0] or not (words[0] == "tensor" or counted):
        return
    name = case.text("input")
    edit: Edit | None = None
    if len(words) == 1 and result.text.startswith(name + "["):
        edit = replaced(result, f"{name}[:, {result.text[len(name) + 1 : -1]}]")
    found = case.make(
        "BF409", f"{result.text} counts along axis 0 of {name}, which has {x.shape[0]} entries",
        at="input",
        evidence=[seen(f"{name} is {x.shape}"), seen(f"the index lies beyond axis 0; axis 1 has {x.shape[1]} entries")],
        fix=f"if the samples lie on axis 1, pick along it: {name}[:, …]", edits=[edit],
    )  # fmt: skip
    yield Hypothesis(70, found)


def _beyond(word: str, size: int) -> bool:
    try:
        number = int(word)
    except ValueError:
        return False
    return not -size <= number < size


def too_few_axes(case: Case, x: TensorFact, name: str) -> Iterator[Hypothesis]:
    """The operation names an axis that the tensor does not have."""
    origin = case.origin(name)
    source, result = recurrent_above(origin), case.origin("result")
    text = result.text if result is not None and result.text else case.kind
    shown = seen(f"{case.text(name)} has {x.ndim} axes {x.shape}")
    given = source.inputs[0].shape if source is not None and source.inputs else None
    if source is not None and source.op in LAYERED and given is not None and len(given) == 2:
        found = case.make(
            "BF102", f"{source.op} got 2 axes {given} and read them as one unbatched sequence", at=name,
            evidence=[shown, seen(f"{source.op}{where(source.location)} read {given} as (seq, features)", "contract")],
            fix="give it 3 axes: x.unsqueeze(-1) where each number is a step, x.unsqueeze(1) where each row is one",
            effects=(f"{text} then has an axis too few",),
        )  # fmt: skip
        yield Hypothesis(80, found)
        return
    cut = next((s for s in origin.walk() if s.op in ("[]", "part", "select")), None) if origin is not None else None
    axes = axes_of(origin)
    if (
        source is not None
        and source.op in LAYERED
        and cut is not None
        and cut.op == "[]"
        and "seq" not in (axes or ("seq",))
    ):
        found = case.make(
            "BF303", f"{text} takes a step from {x.shape}, which has no time axis any more", at=name,
            evidence=[shown, seen(f"it was indexed before: {cut.text}{where(cut.location)}", "source")],
            fix="take the last step once",
        )  # fmt: skip
        yield Hypothesis(60, found)
    elif source is None and case.near and case.kind in (
        "size", "permute", "transpose", "index", "unsqueeze", "swapaxes"):  # fmt: skip
        found = case.make(
            "BF104", f"{text} needs more axes than {case.text(name)} {x.shape} has", at=name, evidence=[shown],
            fix="bring the data to (batch, seq, features) where it is made",
        )  # fmt: skip
        yield Hypothesis(50, found)
