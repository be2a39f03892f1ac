"""Embedding, Conv1d and the norms: axes that lie where the layer doesn't read them."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.diagnosis.calls import inputs
from batchfirst.diagnosis.calls.case import Case, Hypothesis, best, contract_of, recurrent_above, seen
from batchfirst.diagnosis.calls.edits import replaced
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Finding
from batchfirst.model.observation import TensorFact

NORMS = (
    "BatchNorm1d",
    "LayerNorm",
    "InstanceNorm1d",
    "GroupNorm",
    "RMSNorm",
    "layer_norm",
    "batch_norm",
    "SyncBatchNorm",
)
CONVOLUTIONS = ("Conv1d", "ConvTranspose1d", "conv1d")
MAPS = ("Conv2d", "conv2d", "BatchNorm2d", "MaxPool2d", "max_pool2d", "AvgPool2d", "avg_pool2d")


def embedding(case: Case) -> tuple[Finding, ...]:
    """BF107 for numbers where ids are read."""
    x = case.tensor("input")
    if x is None:
        return best(inputs.not_a_tensor(case))
    if x.dtype in ("int64", "int32"):
        return ()
    found = case.make(
        "BF107", f"{case.reader} reads ids (int64), and got {x.dtype} values", at="input",
        evidence=[seen(f"{case.text('input')} is {x}")], fix="pass ids: x.long(); measurements need no Embedding",
        edits=[case.append("input", ".long()")],
    )  # fmt: skip
    return best([Hypothesis(80, found)])


def convolution(case: Case) -> tuple[Finding, ...]:
    """BF405: Conv1d reads (batch, channels, seq)."""
    x = case.tensor("input")
    if x is None:
        return best(inputs.not_a_tensor(case))
    return best(_channels(case, x))


def _channels(case: Case, x: TensorFact) -> Iterator[Hypothesis]:
    channels, name, weight = case.setting("in_channels"), case.text("input"), case.tensor("weight")
    if weight is not None and weight.ndim == 3:
        channels = weight.shape[1]
    yield from inputs.dropped(case, "input", 75)
    if case.call.error is not None:
        yield from inputs.dtype(case, weight=40)
    if x.ndim not in (2, 3):
        found = case.make(
            "BF104", f"{case.reader} got an input with {x.ndim} axes {x.shape}, and reads 3", at="input",
            evidence=[seen("it reads (batch, channels, seq)", "contract")], fix="bring it to (batch, channels, seq)",
        )  # fmt: skip
        yield Hypothesis(70, found)
        return
    reads = seen(f"{case.kind} reads (batch, channels, seq): in_channels={channels} on axis -2", "contract")
    short = x.shape[-2] == channels  # then it is the length that is too short
    if not short and x.shape[-1] != channels and x.ndim == 2 and channels == 1:
        found = case.make(
            "BF104", f"{case.kind} got an input with 2 axes {x.shape}: the channel axis is missing", at="input",
            evidence=[seen(f"{name} is {x.shape}"), reads], fix=f"give it a channel axis: {name}.unsqueeze(1)",
            edits=[case.append("input", ".unsqueeze(1)")],
        )  # fmt: skip
        yield Hypothesis(75, found)
    if (short or not channels) and not (_kernel_too_long(case, x) and x.shape[-1] < x.shape[-2]):
        return
    if x.ndim == 3 and (x.shape[2] == channels or x.shape[0] == channels or not short):
        axis = 2 if x.shape[2] == channels or x.shape[0] != channels else 0
        fits = x.shape[axis] == channels
        suffix = ".transpose(1, 2)" if axis == 2 else ".permute(1, 0, 2)"
        proof = f"axis {axis} has the {channels} that in_channels asks for" if fits else (
            f"no axis of {x.shape} has {channels} channels")  # fmt: skip
        table = AxisTable(
            (AxisRow(name, tuple(map(str, x.shape))),
             AxisRow(f"{case.kind} reads", ("batch", "channels", "seq"), where(case.call.module.built_at)[2:])),
            (1, 2) if axis == 2 else (0, 1), "exchanged" if fits else "",
        )  # fmt: skip
        found = case.make(
            "BF405" if fits else "BF105",
            f"{case.kind} reads axis 1 as channels, and {name} has {x.shape[1]} there", at="input",
            table=table,
            evidence=[seen(f"{name} is {x.shape}"), reads, seen(proof)],
            fix=f"{case.kind} wants (batch, channels, seq): {name}{suffix} before it, and back after it" if fits
            else f"build it with in_channels={x.shape[1]} if axis 1 is the channels",
            edits=[case.append("input", suffix)] if fits else [],
        )  # fmt: skip
        yield Hypothesis(80 if fits else 50, found)


def maps(case: Case) -> tuple[Finding, ...]:
    """BF104: two-dimensional layers read (batch, channels, height, width), and got a clip, or maps without channels."""
    x = case.tensor("input")
    if x is None:
        return best(inputs.not_a_tensor(case))
    reads = seen(f"{case.kind} reads (batch, channels, height, width)", "contract")
    shown, channels = seen(f"{case.text('input')} is {x.shape}"), case.setting("in_channels")
    hypotheses = list(inputs.dropped(case, "input", 75))
    if x.ndim == 5:
        found = case.make(
            "BF104", f"{case.reader} got an input with 5 axes {x.shape}, and reads 4", at="input",
            evidence=[shown, reads],
            fix="fold time into the batch, x.flatten(0, 1), and unfold behind it: y.unflatten(0, (batch, seq))",
            edits=[case.append("input", ".flatten(0, 1)")],
        )  # fmt: skip
        hypotheses.append(Hypothesis(80, found))
    elif x.ndim == 3 and channels == 1 != x.shape[0]:
        found = case.make(
            "BF104", f"{case.reader} got maps without a channel axis {x.shape}", at="input", evidence=[shown, reads],
            fix=f"give it a channel axis: {case.text('input')}.unsqueeze(1)",
            edits=[case.append("input", ".unsqueeze(1)")],
        )  # fmt: skip
        hypotheses.append(Hypothesis(75, found))
    return best(hypotheses)


def _kernel_too_long(case: Case, x: TensorFact) -> bool:
    return case.setting("kernel_size") > x.shape[-1] + 2 * case.setting("padding")


def norm(case: Case) -> tuple[Finding, ...]:
    """BF407: the norm's size lies on another axis."""
    x = case.tensor("input")
    if x is None:
        return best(inputs.not_a_tensor(case))
    return best(_normed(case, x))


def _normed(case: Case, x: TensorFact) -> Iterator[Hypothesis]:
    name = case.text("input")
    yield from inputs.dropped(case, "input", 75)
    if case.kind.endswith(("LayerNorm", "layer_norm", "RMSNorm")):
        wanted, axis = case.settings.get("normalized_shape"), x.ndim - 1
        setting, reads = f"normalized_shape={wanted}", "its last axis"
        sizes = [int(n) for n in str(wanted).split(",")] if wanted not in (None, "") else []
        if not sizes or x.shape[x.ndim - len(sizes) :] == tuple(sizes):
            return
        size = sizes[-1]
    else:
        size = case.setting("num_features") or case.setting("num_channels")
        axis = 0 if case.kind == "InstanceNorm1d" and x.ndim == 2 else 1
        setting, reads = f"num_features={size}", f"axis {axis} ({'batch, ' if axis else ''}channels, seq)"
        if not size or x.ndim < 2 or (x.ndim in (2, 3) and x.shape[axis] == size):
            return
    elsewhere = [n for n in range(x.ndim) if n != axis and x.shape[n] == size]
    evidence = [seen(f"{name} is {x.shape}: axis {axis} has {x.shape[axis]}"),
                seen(f"{case.reader} normalises {reads}, with {setting}", "contract")]  # fmt: skip
    fix = f"build it for the {x.shape[axis]} entries of that axis, or move the axes first"
    edits: list[Edit | None] = []
    if elsewhere:
        evidence.append(seen(f"axis {elsewhere[-1]} has that size"))
        suffix = f".transpose({min(elsewhere[-1], axis)}, {max(elsewhere[-1], axis)})"
        fix = f"move the axes before it, and back after it: {name}{suffix}"
        edits = [_there_and_back(case, suffix)]
        if axis == 1:
            fix += "; or nn.LayerNorm, which normalises the last axis"
    source = recurrent_above(case.origin("input"))
    settings = contract_of(source.module) if source is not None and source.module is not None else None
    if settings is not None and source is not None and axis == x.ndim - 1 and not elsewhere:
        width = settings.directions * settings.hidden_out
        if x.shape[-1] == width != size and (size == settings.hidden_size or width % size == 0 or size % width == 0):
            told = f"{source.op}{where(source.location)} gives {settings.directions} × {settings.hidden_out} features"
            found = case.make(
                "BF307", f"{case.reader} is built for {size} features, and {width} arrive from {source.op}", at="input",
                evidence=[*evidence, seen(told, "contract")], fix=f"build it for {width}: num_directions × hidden_size",
            )  # fmt: skip
            yield Hypothesis(85, found)
    names = ["…"] * x.ndim
    names[axis] = "features" if axis == x.ndim - 1 else "channels"
    table = AxisTable(
        (AxisRow(name, tuple(map(str, x.shape))), AxisRow(f"{case.kind} reads", tuple(names), setting)),
        (axis, *elsewhere[-1:]), "exchanged" if elsewhere else "",
    )  # fmt: skip
    found = case.make(
        "BF407" if elsewhere else "BF105",
        f"{case.reader} normalises {reads}, which has {x.shape[axis]} entries here, not {size}", at="input",
        evidence=evidence, table=table, fix=fix, edits=edits,
    )  # fmt: skip
    yield Hypothesis(80, found)


def _there_and_back(case: Case, suffix: str) -> Edit | None:
    """The whole call with its argument's axes moved, and its result's moved back."""
    whole, one = case.origin("result"), case.append("input", suffix)
    if whole is None or one is None or whole.text.count(one.before) != 1:
        return None
    return replaced(whole, whole.text.replace(one.before, one.after) + suffix)
