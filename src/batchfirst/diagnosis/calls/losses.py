"""Losses: prediction and target of other shapes (BF601), the class axis (BF602), and what led there."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.losses import broadcast, broadcast_kind
from batchfirst.contracts.neighbours import check, find
from batchfirst.diagnosis.calls import inputs
from batchfirst.diagnosis.calls.axes import axes_of, has_layers
from batchfirst.diagnosis.calls.case import Case, Hypothesis, best, recurrent_above, seen
from batchfirst.diagnosis.calls.misread import batch_lost
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import AxisRow, AxisTable, Evidence, Finding
from batchfirst.model.observation import TensorFact

CLASS_LOSSES = ("CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss")
CTC_LOSSES = ("CTCLoss", "ctc_loss")
EXACT_LOSSES = ("BCELoss", "BCEWithLogitsLoss", "binary_cross_entropy", "binary_cross_entropy_with_logits")


def loss(case: Case) -> tuple[Finding, ...]:
    """What is wrong with a call of a loss."""
    if case.kind in CTC_LOSSES:
        return best(_ctc(case))
    for name in ("input", "target"):
        if case.fact(name) is not None and case.tensor(name) is None:
            return best(inputs.not_a_tensor(case, name))
    p, t = case.tensor("input"), case.tensor("target")
    if p is None or t is None or not _concerned(case, p, t):
        return ()
    if case.kind in CLASS_LOSSES:
        return best(_classes(case, p, t))
    return best(elementwise(case, "input", "target"))


def _concerned(case: Case, p: TensorFact, t: TensorFact) -> bool:
    """Whether torch refuses it; or, with a declared layout, whether it would broadcast in silence."""
    if find(case.kind) is None:
        return case.call.error is not None and p.shape != t.shape
    found = check(
        case.kind, case.settings, {"input": p.shape, "target": t.shape}, {"input": p.dtype, "target": t.dtype}
    )
    if case.call.error is not None:
        return bool(found) or (case.kind in EXACT_LOSSES and p.dtype != t.dtype)
    return any(v.outcome == "refused" or (case.declared is not None and v.reason == "broadcast") for v in found)


def _ctc(case: Case) -> Iterator[Hypothesis]:
    """CTC reads its scores as (time, batch, classes), whatever the modules before it have."""
    p, lengths = case.tensor("log_probs"), case.tensor("input_lengths")
    if p is None or lengths is None or p.ndim != 3 or lengths.ndim != 1 or case.call.error is None:
        return
    count = lengths.shape[0]
    if p.shape[1] == count or p.shape[0] != count:
        return
    text = case.text("log_probs")
    yield Hypothesis(85, case.make(
        "BF101", f"{case.kind} reads the batch axis as time", at="log_probs",
        evidence=[seen(f"{text} is {p.shape}, and there are {count} input lengths, the size of axis 0"),
                  seen(f"{case.kind} reads (time, batch, classes)", "contract")],
        table=AxisTable((AxisRow(text, tuple(map(str, p.shape))),
                         AxisRow(f"{case.kind} reads", ("seq", "batch", "classes"))), (0, 1), "swapped"),
        fix=f"put time first: {text}.transpose(0, 1)", edits=[case.append("log_probs", ".transpose(0, 1)")],
    ))  # fmt: skip


def elementwise(case: Case, one: str, other: str) -> Iterator[Hypothesis]:
    """A loss that compares element by element, and wants both of one shape."""
    p, t = case.tensor(one), case.tensor(other)
    if p is None or t is None:
        return
    evidence = [seen(f"{case.text(one)} is {p.shape}, {case.text(other)} is {t.shape}")]
    table = _pair(case, one, other)
    if p.shape == t.shape:
        if p.dtype != t.dtype:
            yield Hypothesis(60, case.make(
                "BF107", f"{case.kind} got a {t.dtype} target for {p.dtype} predictions", at=other, evidence=evidence,
                fix="convert the target: target.float()", edits=[case.append(other, ".float()")],
            ))  # fmt: skip
        return
    yield from inputs.dropped(case, one, 88)
    yield from inputs.dropped(case, other, 60)
    if p.ndim and t.ndim and p.shape[0] != t.shape[0]:
        yield from batch_lost(case, one, other, p.shape[0], t.shape[0], evidence)
    axes, origin = axes_of(case.origin(one)), case.origin(one)
    if axes is not None and "seq" in axes and p.ndim and p.ndim >= t.ndim:
        seq = p.shape[axes.index("seq")]
        if seq > 1 and seq not in t.shape[1:] and (p.shape[0] == t.shape[0] or t.shape[0] in p.shape):
            yield Hypothesis(80, _all_steps(case, one, seq, evidence, table))
    if has_layers(origin):
        yield Hypothesis(70, _layers(case, one, evidence, table))
    kind = broadcast_kind(p.shape, t.shape)
    result = broadcast(p.shape, t.shape)
    effects: tuple[str, ...] = ()
    if result is not None and kind in ("crossed", "stretched"):
        evidence = [*evidence, seen(f"broadcast against each other they make {result}", "contract")]
        if kind == "crossed" and case.call.error is None:
            effects = ("every prediction is compared with every target: the loss pulls all towards the mean",)
    fix, edit = _one_shape(case, one, other, p, t)
    yield Hypothesis(70, case.make(
        "BF601", f"{case.kind} compares a prediction {p.shape} with a target {t.shape}", at=one, evidence=evidence,
        table=table, effects=effects, fix=fix, edits=[edit],
    ))  # fmt: skip


def _one_shape(case: Case, one: str, other: str, p: TensorFact, t: TensorFact):  # type: ignore[no-untyped-def]
    if p.ndim == t.ndim + 1 and p.shape[-1] == 1 and p.shape[:-1] == t.shape:
        return "give both one shape: prediction.squeeze(-1)", case.append(one, ".squeeze(-1)")
    if t.ndim == p.ndim + 1 and t.shape[-1] == 1 and t.shape[:-1] == p.shape:
        return "give both one shape: target.squeeze(-1)", case.append(other, ".squeeze(-1)")
    return "give prediction and target one shape before the loss", None


def _classes(case: Case, p: TensorFact, t: TensorFact) -> Iterator[Hypothesis]:
    """CrossEntropy and NLL: classes on axis 1, and a target without it."""
    evidence = [seen(f"{case.text('input')} is {p.shape}, {case.text('target')} is {t.shape}")]
    reads = seen(f"{case.kind} reads (batch, classes, …) and a target (batch, …)", "contract")
    table = _pair(case, "input", "target")
    yield from inputs.dropped(case, "input", 88)
    floating = t.dtype.startswith(("float", "bfloat"))
    without = p.shape[:1] + p.shape[2:] if p.ndim > 1 else ()
    if floating and t.shape == without:
        yield Hypothesis(75, case.make(
            "BF107", f"{case.kind} reads class ids (int64), and got {t.dtype} targets", at="target",
            evidence=[*evidence, reads], fix="convert it: target.long(); for real numbers take a regression loss",
            edits=[case.append("target", ".long()")],
        ))  # fmt: skip
        return
    origin, axes = case.origin("input"), axes_of(case.origin("input"))
    if p.ndim >= 3 and p.shape[:-1] == t.shape:
        places = f".transpose(1, {p.ndim - 1})" if p.ndim == 3 else f".movedim({p.ndim - 1}, 1)"
        yield Hypothesis(90, case.make(
            "BF602", f"{case.kind} reads axis 1 as the classes; the prediction has them last, on axis {p.ndim - 1}",
            at="input", table=_class_table(case, p, t),
            evidence=[*evidence, reads, seen(f"without its last axis the prediction has the target's shape {t.shape}")],
            fix=f"put the classes on axis 1: {case.text('input')}{places}; or flatten both over batch and time",
            edits=[case.append("input", places)],
        ))  # fmt: skip
    elif p.ndim == 3 and t.ndim == 2 and p.shape[:2] == t.shape[::-1]:
        yield Hypothesis(85, case.make(
            "BF602", f"the prediction {p.shape} has the classes last, and the target {t.shape} its two axes exchanged",
            at="input", table=table, evidence=[*evidence, reads],
            fix=f"bring the prediction to (batch, classes, seq): {case.text('input')}.permute(1, 2, 0)",
            edits=[case.append("input", ".permute(1, 2, 0)")],
        ))  # fmt: skip
    elif p.ndim == 3 and t.ndim == 1:
        yield from _three_for_one(case, p, t, [*evidence, reads], table, has_layers(origin))
    elif p.ndim == 3 and t.ndim == 2 and p.shape[0] == t.shape[0] and 1 in t.shape:
        yield Hypothesis(70, _all_steps(case, "input", p.shape[1], [*evidence, reads], table))
    elif p.ndim == 3 and p.shape[0] * p.shape[1] == _count(t.shape):
        yield Hypothesis(75, case.make(
            "BF602", f"{case.kind} reads axis 1 as the classes; the prediction {p.shape} has them last", at="input",
            table=table, evidence=[*evidence, reads], fix="flatten both: prediction.flatten(0, 1), target.flatten()",
            edits=[case.append("input", ".flatten(0, 1)")],
        ))  # fmt: skip
    if p.ndim == 2 and t.ndim == 1 and p.shape[0] != t.shape[0]:
        yield from batch_lost(case, "input", "target", p.shape[0], t.shape[0], [*evidence, reads])
        yield Hypothesis(50, _plain(case, p, t, [*evidence, reads], table))
    elif p.ndim == 2 and t.ndim == 2:
        yield from _two_for_two(case, p, t, [*evidence, reads], table)
    elif p.ndim == 1 and t.ndim >= 1:
        yield Hypothesis(45, _plain(case, p, t, [*evidence, reads], table))
    elif p.ndim == 3 and axes is not None and "seq" in axes and t.ndim == 1:
        return
    else:
        yield Hypothesis(40, _plain(case, p, t, [*evidence, reads], table))


def _three_for_one(
    case: Case, p: TensorFact, t: TensorFact, evidence: list[Evidence], table: AxisTable, layers: bool
) -> Iterator[Hypothesis]:
    if layers:
        yield Hypothesis(85, _layers(case, "input", evidence, table))
    if 1 in p.shape[:2] and t.shape[0] == p.shape[0] * p.shape[1] and not layers:
        axis = 0 if p.shape[0] == 1 else 1
        yield Hypothesis(85, case.make(
            "BF601", f"the prediction {p.shape} has an axis of size 1 that the target {t.shape} has not", at="input",
            table=table, evidence=evidence, fix=f"take that axis out: {case.text('input')}.squeeze({axis})",
            edits=[case.append("input", f".squeeze({axis})")],
        ))  # fmt: skip
        return
    if t.shape[0] == p.shape[0] * p.shape[1]:
        yield Hypothesis(85, case.make(
            "BF602", f"the target is flattened to {t.shape}, and the prediction {p.shape} is not", at="input",
            table=table, evidence=evidence, fix="flatten the prediction too: prediction.flatten(0, 1)",
            edits=[case.append("input", ".flatten(0, 1)")],
        ))  # fmt: skip
        return
    axis = 0 if p.shape[0] == t.shape[0] else 1
    if p.shape[axis] == t.shape[0]:
        yield Hypothesis(80, _all_steps(case, "input", p.shape[1 - axis], evidence, table))
    else:
        yield from batch_lost(case, "input", "target", p.shape[0], t.shape[0], evidence)
        yield Hypothesis(40, _plain(case, p, t, evidence, table))


def _two_for_two(
    case: Case, p: TensorFact, t: TensorFact, evidence: list[Evidence], table: AxisTable
) -> Iterator[Hypothesis]:
    if t.shape == (p.shape[0], 1):
        yield Hypothesis(75, case.make(
            "BF601", f"the target {t.shape} has an axis of size 1 too many: class ids have one axis", at="target",
            table=table, evidence=evidence, fix="target.squeeze(1)",
            edits=[case.append("target", ".squeeze(1)")],
        ))  # fmt: skip
    elif _count(t.shape) == p.shape[0]:
        yield Hypothesis(75, case.make(
            "BF601", f"the prediction is flattened to {p.shape}, and the target {t.shape} is not", at="target",
            table=table, evidence=evidence, fix="flatten the target too: target.flatten()",
            edits=[case.append("target", ".flatten()")],
        ))  # fmt: skip
    else:
        yield Hypothesis(50, _plain(case, p, t, evidence, table))


def _plain(case: Case, p: TensorFact, t: TensorFact, evidence: list[Evidence], table: AxisTable) -> Finding:
    return case.make(
        "BF601", f"{case.kind} got a prediction {p.shape} and a target {t.shape}", at="input", table=table,
        evidence=evidence, fix="one row of scores for each target: (batch, classes) with (batch,)",
    )  # fmt: skip


def _all_steps(case: Case, name: str, steps: int, evidence: list[Evidence], table: AxisTable) -> Finding:
    source = recurrent_above(case.origin(name))
    p, t = case.tensor("input"), case.tensor("target")
    if source is None and case.crash is not None and not case.crash.recurrent and p is not None and t is not None:
        return _plain(case, p, t, evidence, table)  # nothing here says that the axis is time
    told = f"the prediction keeps all {steps} steps, and the target has one value per sample"
    more = (
        [seen(f"the output of {source.op}{where(source.location)} has one row per step", "contract")] if source else []
    )
    return case.make(
        "BF309", told, at=name, table=table, evidence=[*evidence, *more],
        fix="take the last step before the head: bf.last_step(output, module), or output[:, -1] under batch_first=True",
    )  # fmt: skip


def _layers(case: Case, name: str, evidence: list[Evidence], table: AxisTable) -> Finding:
    return case.make(
        "BF302", "the prediction is made from the whole final state: its first axis is layers × directions", at=name,
        table=table, evidence=evidence,
        fix="read the top layer's state first: h_n[-1], or bf.final_hidden(h_n, module)",
    )  # fmt: skip


def _pair(case: Case, one: str, other: str) -> AxisTable:
    p, t = case.tensor(one), case.tensor(other)
    assert p is not None
    assert t is not None
    width = max(p.ndim, t.ndim)
    left, right = (tuple(map(str, s)) + ("",) * (width - len(s)) for s in (p.shape, t.shape))
    differs = [n for n, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    return AxisTable((AxisRow("prediction", left), AxisRow("target", right)), tuple(differs))


def _class_table(case: Case, p: TensorFact, t: TensorFact) -> AxisTable:
    names = ("batch", "classes", *("seq" if p.ndim == 3 else f"d{n}" for n in range(p.ndim - 2)))
    shape = tuple(map(str, t.shape))
    rows = (
        AxisRow("prediction", tuple(map(str, p.shape))), AxisRow("target", (*shape[:1], "", *shape[1:])),
        AxisRow(f"{case.kind} reads", names),
    )  # fmt: skip
    return AxisTable(rows, (1, p.ndim - 1), "exchanged")


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
