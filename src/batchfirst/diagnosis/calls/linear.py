"""A Linear layer whose in_features is not what arrives: the head of a recurrent module, more often than not."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls import inputs
from batchfirst.diagnosis.calls.axes import axes_of, has_layers
from batchfirst.diagnosis.calls.case import RECURRENT, Case, Hypothesis, best, contract_of, recurrent_above, seen
from batchfirst.diagnosis.calls.edits import with_position
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Edit, Evidence, Finding
from batchfirst.model.observation import TensorFact
from batchfirst.model.origin import Origin

FLATTENING = ("view", "reshape", "flatten", "rearrange")
_LAST = ("[]", "select", "part")


def linear(case: Case) -> tuple[Finding, ...]:
    """What is wrong with a call of Linear."""
    x = case.tensor("input")
    if x is None:
        return best(inputs.not_a_tensor(case))
    weight = case.tensor("weight")
    size = weight.shape[-1] if weight is not None and weight.ndim else case.setting("in_features")
    if case.call.error is not None or x.dtype in inputs.WHOLE:
        found = best(inputs.dtype(case))
        if found and (not x.ndim or x.shape[-1] == size):
            return found
    if not size or not x.ndim or x.shape[-1] == size:
        return ()
    return best(_features(case, x, size))


def _features(case: Case, x: TensorFact, size: int) -> Iterator[Hypothesis]:
    origin = case.origin("input")
    source = recurrent_above(origin)
    name, got = case.text("input"), x.shape[-1]
    plain = seen(f"{name} is {x.shape}: its last axis has {got}")
    reads = seen(f"{case.reader} reads in_features={size}{where(case.call.module.built_at)}", "contract")
    yield from inputs.dropped(case, "input", 75, last=True)
    turned = [axis for axis in range(x.ndim - 1) if x.shape[axis] == size]
    settings = contract_of(source.module) if source is not None and source.module is not None else None
    if source is None or settings is None or origin is None:
        yield from _without_source(case, x, size, [plain, reads], turned)
        return
    width, one = settings.directions * settings.hidden_out, settings.hidden_out
    told = f"{source.op}{where(source.location)} gives {settings.directions} × {one} = {width} features"
    flat = next((s for s in origin.walk() if s.op in FLATTENING and s.inputs), None)
    if flat is not None and not _before(flat, source, origin):
        flat = None
    if _picked_feature(origin, x):
        found = case.make(
            "BF303", f"the last entry is taken on the feature axis of the output of {source.op}, not in time",
            at="input",
            evidence=[plain, reads, seen(told, "contract"), seen(f"it is taken as {origin.text}", "source")],
            fix="take the last step on the time axis and keep all features: output[:, -1] under batch_first=True",
        )  # fmt: skip
        yield Hypothesis(85, found)
    if turned and x.ndim > 1 and not has_layers(origin) and flat is None:
        yield Hypothesis(65, _turned(case, x, turned[-1], [plain, reads]))
    if flat is not None and has_layers(flat.inputs[0]):
        before = flat.inputs[0].shape
        told_ = f"{flat.text} regroups the final state {before} into rows of {got}"
        if got == settings.state_rows * one:
            told_ = f"{flat.text} puts all {settings.state_rows} rows of the final state side by side: {got} features"
        elif got == one and size == width != one:
            told_ = f"{flat.text} makes a row of every direction, and {case.reader} reads both side by side"
        found = case.make(
            "BF301", told_, at="input",
            evidence=[plain, reads, seen(told, "contract"),
                      seen(f"the final state is {before}: (layers × directions, batch, hidden)", "contract")],
            fix="read the top layer's state: bf.final_hidden(h_n, module)",
        )  # fmt: skip
        yield Hypothesis(82, found)
    if flat is not None and got != size and not has_layers(flat.inputs[0]):
        steps = next((n for n in (flat.inputs[0].shape or ()) if n > 1 and got == n * size), None)
        axes = axes_of(flat.inputs[0])
        if steps is not None and axes is not None and "seq" in axes:
            found = case.make(
                "BF309", f"all {steps} steps go into {case.reader} side by side, which reads one", at="input",
                evidence=[plain, reads, seen(f"{flat.text} puts {steps} steps × {size} features on one axis",
                    "source")],
                fix="take the last step first: bf.last_step(output, module)",
            )  # fmt: skip
            yield Hypothesis(75, found)
    if settings.bidirectional and size == width and got == one:
        found = case.make(
            "BF302", f"one direction of {source.op} is read ({got} features), and {case.reader} reads both ({size})",
            at="input", evidence=[plain, reads, seen(told, "contract"), seen(f"it is read as {origin.text}", "source")],
            fix="put both directions of the top layer side by side: torch.cat((h_n[-2], h_n[-1]), dim=1)",
        )  # fmt: skip
        yield Hypothesis(80, found)
    yield Hypothesis(70, _head(case, source, settings, x, size, [plain, reads, seen(told, "contract")]))


def _head(
    case: Case, source: Origin, settings: RecurrentSettings, x: TensorFact, size: int, evidence: list[Evidence]
) -> Finding:
    got, width, one = x.shape[-1], settings.directions * settings.hidden_out, settings.hidden_out
    why = ""
    if got == width and size == one and settings.bidirectional:
        why = f"{source.op} is bidirectional: its output has 2 × {one} features"
    elif size == 2 * got and not settings.bidirectional:
        why = f"{source.op} runs in one direction: nothing doubles its {got} features"
    elif settings.proj_size and size in (settings.hidden_size, settings.directions * settings.hidden_size):
        why = f"proj_size={settings.proj_size} takes the place of hidden_size={settings.hidden_size} in the output"
    elif size == settings.num_layers * width and settings.num_layers > 1:
        why = f"the output holds the top layer only: {width} features, whatever num_layers is"
    elif x.ndim > 1 and prod(x.shape[1:]) == size:
        why = f"{' × '.join(map(str, x.shape[1:]))} = {size}: a flattened input would fit"
    if why:
        evidence = [*evidence, seen(why, "contract")]
    fix = f"in_features={got}: num_directions × hidden_size (or proj_size) of what arrives"
    return case.make(
        "BF307", f"{case.reader} has in_features={size}, and {got} features arrive from {source.op}", at="input",
        evidence=evidence, fix=fix, edits=[_in_features(case, got)],
    )  # fmt: skip


def _in_features(case: Case, size: int) -> Edit | None:
    built = case.call.module.built_at
    text = case.source(built)
    return with_position(built, text, 0, "in_features", str(size)) if text else None


def _without_source(
    case: Case, x: TensorFact, size: int, evidence: list[Evidence], turned: list[int]
) -> Iterator[Hypothesis]:
    got = x.shape[-1]
    if turned:
        yield Hypothesis(65, _turned(case, x, turned[-1], evidence))
    for module in case.crash.recurrent if case.crash is not None else ():
        settings = contract_of(module)
        if settings is None:
            continue
        width = settings.directions * settings.hidden_out
        if got in (width, settings.hidden_out) and (size % got == 0 or got % size == 0):
            more = seen(
                f'{module.kind} "{module.path}" gives {settings.directions} × {settings.hidden_out} features',
                "contract",
            )
            found = case.make(
                "BF307", f"{case.reader} has in_features={size}, and {got} features arrive", at="input",
                evidence=[*evidence, more], fix=f"in_features={got}", edits=[_in_features(case, got)],
            )  # fmt: skip
            yield Hypothesis(60, found)
            return
    if not turned:
        found = case.make(
            "BF105", f"{case.reader} has in_features={size}, and the last axis of the input has {got}", at="input",
            evidence=evidence, fix=f"in_features={got}, or features of size {size} on the last axis",
            edits=[_in_features(case, got)],
        )  # fmt: skip
        yield Hypothesis(50, found)


def _turned(case: Case, x: TensorFact, axis: int, evidence: list[Evidence]) -> Finding:
    name = case.text("input")
    return case.make(
        "BF106", f"{case.reader} reads the features on the last axis, and {name} has them on axis {axis}", at="input",
        evidence=[*evidence, seen(f"axis {axis} has the {x.shape[axis]} that in_features asks for")],
        fix=f"move the features last: {name}.transpose({axis}, {x.ndim - 1})",
    )  # fmt: skip


def _picked_feature(origin: Origin, x: TensorFact) -> bool:
    """Whether the features' axis of a recurrent output was indexed away."""
    for step in origin.walk():
        if step.op in RECURRENT:
            return False
        if step.op in _LAST and step.inputs:
            before = axes_of(step.inputs[0])
            after = axes_of(step)
            if before is not None and after is not None and "seq" in before and "seq" in after:
                return before[-1] not in after
    return False


def _before(step: Origin, source: Origin, origin: Origin) -> bool:
    """Whether `step` stands between the recurrent module and the value, not in front of the module."""
    return any(inner is source for inner in step.walk()) and any(inner is step for inner in origin.walk())
