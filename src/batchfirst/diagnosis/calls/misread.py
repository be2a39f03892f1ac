"""A result that has another number of samples than it should: which axis was taken for the batch, and where.

Found by comparing the size that arrives with the axes of the recurrent module's input on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls.axes import axes_of, has_layers
from batchfirst.diagnosis.calls.case import LAYERED, Case, Hypothesis, contract_of, recurrent_above, seen
from batchfirst.diagnosis.calls.edits import base_name, base_text, replaced
from batchfirst.diagnosis.calls.swapped import swapped
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Edit, Evidence
from batchfirst.model.observation import ModuleFact
from batchfirst.model.origin import Origin


def batch_lost(
    case: Case, one: str, other: str, got: int, wanted: int, evidence: Sequence[Evidence]
) -> Iterator[Hypothesis]:
    """`one` has `got` samples where `other` has `wanted`: BF101, BF303, BF309, BF409 by what the axes say."""
    origin = case.origin(one)
    source = recurrent_above(origin)
    if origin is None or source is None or source.module is None:
        return
    settings = contract_of(source.module)
    x = source.inputs[0] if source.inputs else None
    if settings is None or x is None or source.op not in LAYERED:
        return
    shape = x.shape
    if shape is None or len(shape) != 3:
        return
    batch, seq = (0, 1) if settings.batch_first else (1, 0)
    at = where(source.location).removeprefix(", ")
    whole = seen(f"{source.op} at {at} reads {shape}: batch {shape[batch]}, time {shape[seq]}", "contract")
    yield from picked(case, one, other, x, batch, [*evidence, whole])
    if shape[batch] == got and shape[seq] == wanted:
        module = known_module(case, source.module)
        if shape[batch] == 1 and shape[seq] > 1:
            yield _one_sample(case, one, source, shape, batch, seq, [*evidence, whole])
        fits = seen(f"axis {seq} of its input has the {wanted} samples that are wanted, axis {batch} has {got}")
        yield swapped(case, settings, 80, [*evidence, whole, fits], "", module, _turned_index(origin, settings))
    step = batch_index(origin)
    if shape[seq] == got and shape[batch] == wanted and step is not None:
        yield _last_sample(case, settings, source, step, got, wanted, [*evidence, whole])
    if got == wanted * shape[seq] and shape[batch] == wanted:
        found = case.make(
            "BF309", f"all {shape[seq]} steps of {wanted} samples arrive as {got} rows", at=one,
            evidence=[*evidence, whole, seen(f"{wanted} × {shape[seq]} = {got}")],
            fix="take the last step before the head: bf.last_step(output, module)",
        )  # fmt: skip
        yield Hypothesis(78, found)
    rows = settings.state_rows
    if rows > 1 and got == wanted * rows and shape[batch] == wanted and _from_state(origin):
        found = case.make(
            "BF301", f"the {rows} rows of the final state of {wanted} samples arrive as {got} rows", at=one,
            evidence=[*evidence, whole, seen(f"h_n has {rows} rows (layers × directions): {rows} × {wanted} = {got}")],
            fix="read the top layer's state: bf.final_hidden(h_n, module)",
        )  # fmt: skip
        yield Hypothesis(82, found)


def _one_sample(
    case: Case, one: str, source: Origin, shape: tuple[int, ...], batch: int, seq: int, evidence: Sequence[Evidence]
) -> Hypothesis:
    found = case.make(
        "BF103", f"{source.op} reads {shape[seq]} samples as the steps of one", at=one,
        evidence=[*evidence, seen(f"axis {batch}, read as the batch, has size 1; axis {seq} has the samples")],
        fix="give each sample its own time axis: x.unsqueeze(1) under batch_first=True, x.unsqueeze(0) without",
    )  # fmt: skip
    return Hypothesis(84, found, "a batch of one would have to be meant")


def _last_sample(
    case: Case, settings: RecurrentSettings, source: Origin, step: Origin, got: int, wanted: int,
    evidence: Sequence[Evidence],
) -> Hypothesis:  # fmt: skip
    words = tuple(str(word) for word in step.detail)
    right = "[:, -1]" if settings.batch_first else "[-1]"
    edit = _reindexed(step, right) if words and words[0] in ("-1", ":") else None
    found = case.make(
        "BF303", f"{step.text} takes one sample at all {got} steps, not the last step of {wanted} samples",
        evidence=[*evidence, seen(f"it stands at {where(step.location).removeprefix(', ')}: {step.text}", "source"),
                  seen(f"batch_first={settings.batch_first}: the output's axes are "
                       f"({'batch, seq' if settings.batch_first else 'seq, batch'}, features)", "contract")],
        fix=f"the last step is output{right} here; or bf.last_step(output, module)", edits=[edit],
    )  # fmt: skip
    return Hypothesis(85, found)


def picked(
    case: Case, one: str, other: str, x: Origin, batch: int, evidence: Sequence[Evidence]
) -> Iterator[Hypothesis]:
    """BF409: a minibatch picked from the data along another axis than the one that counts the samples."""
    cut = next((s for s in x.walk() if s.op in ("[]", "index_select", "narrow") and s.inputs), None)
    target = case.origin(other)
    twin = (
        next((s for s in target.walk() if s.op in ("[]", "index_select", "narrow") and s.inputs), None)
        if target
        else None
    )
    if cut is None or twin is None:
        return
    data, labels = cut.inputs[0].shape, twin.inputs[0].shape
    if data is None or labels is None or len(data) < 2 or not labels:
        return
    total = labels[0]
    if data[0] != total and data[1] == total:
        name = base_name(cut)
        found = case.make(
            "BF409", f"{cut.text} picks along axis 0 of {name} {data}, and the samples lie on axis 1",
            evidence=[*evidence, seen(f"{base_name(twin)} has {total} samples {labels}, as axis 1 of {name} has"),
                      seen(f"it stands at {where(cut.location).removeprefix(', ')}: {cut.text}", "source")],
            fix=f"pick along axis 1: {name}[:, …]", edits=[_other_axis(cut)],
        )  # fmt: skip
        yield Hypothesis(95, found)


def batch_index(origin: Origin | None) -> Origin | None:
    """The index on the way that removed what the recurrent module reads as the batch, and kept its time."""
    for step in origin.walk() if origin is not None else ():
        if step.op in ("[]", "select") and step.inputs:
            before, after = axes_of(step.inputs[0]), axes_of(step)
            if before is not None and after is not None and {"batch", "seq"} <= set(before):
                return step if "batch" not in after and "seq" in after else None
    return None


def _turned_index(origin: Origin, settings: RecurrentSettings) -> Edit | None:
    """The index of the last step, written for the other order of the output's axes."""
    for step in origin.walk():
        axes = axes_of(step.inputs[0]) if step.op == "[]" and step.inputs else None
        if axes is not None and {"batch", "seq"} <= set(axes):
            words = tuple(str(word) for word in step.detail)
            if settings.batch_first and words[:2] == (":", "-1"):
                return _reindexed(step, "[-1]")
            if not settings.batch_first and words and words[0] == "-1":
                return _reindexed(step, "[:, -1]")
            return None
    return None


def _from_state(origin: Origin) -> bool:
    return any(has_layers(step) for step in origin.walk())


def known_module(case: Case, module: ModuleFact) -> ModuleFact:
    """The same module with its place of construction, where it is among those in reach."""
    for known in case.crash.recurrent if case.crash is not None else ():
        if known.kind == module.kind and known.path.endswith(module.path) and known.settings == module.settings:
            return known
    return module


def _reindexed(step: Origin, index: str) -> Edit | None:
    base = base_text(step.text)
    return replaced(step, base + index) if base else None


def _other_axis(cut: Origin) -> Edit | None:
    base = base_text(cut.text)
    if cut.op != "[]" or len(cut.detail) != 1 or not base:
        return None
    return replaced(cut, f"{base}[:, {cut.text[len(base) + 1 : -1]}]")
