"""The input of a recurrent module: what it is at all, its axes, its dtype and its features (BF104 to BF107, BF308)."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls.case import RECURRENT, Case, Hypothesis, parts, recurrent_above, seen, told
from batchfirst.diagnosis.calls.edits import with_position
from batchfirst.diagnosis.calls.squeezes import squeezed
from batchfirst.diagnosis.calls.tables import input_table, where
from batchfirst.model.finding import Edit, Evidence, Finding
from batchfirst.model.observation import Fact, OtherFact, PackedFact, TensorFact
from batchfirst.model.origin import Origin

WHOLE = ("int64", "int32", "int16", "int8", "uint8", "bool")


def not_a_tensor(case: Case, name: str = "input", reader: str = "") -> Iterator[Hypothesis]:
    """BF308: a tuple (output, state), or a PackedSequence, handed to something that reads one tensor."""
    fact, origin = case.fact(name), case.origin(name)
    reader = reader or case.reader
    packed = isinstance(fact, PackedFact) and case.kind not in RECURRENT
    if not (packed or (isinstance(fact, tuple) and _tensors(fact))):
        if isinstance(fact, OtherFact) and fact.type == "ndarray":
            found = case.make(
                "BF107", f"{reader} reads a tensor, and got a NumPy array", at=name,
                evidence=[seen(f"{name} is {told(fact)}")],
                fix="torch.from_numpy(array).float()", label=f"{case.text(name)}: {told(fact)}",
            )  # fmt: skip
            yield Hypothesis(80, found)
        return
    source = recurrent_above(origin) if origin is not None else None
    direct = source is not None and origin is not None and (origin is source or origin.op == "part")
    evidence = [seen(f"{case.text(name)} is {told(fact)}")]
    fix, edit = "take the tensor out of the tuple first: output, state = module(x)", None
    if packed:
        summary = f"{reader} reads a tensor, and got a PackedSequence"
        fix = "pad it again first: output, lengths = pad_packed_sequence(packed, batch_first=…)"
    elif direct and source is not None:
        returned = f"(output, {'(h_n, c_n)' if source.op == 'LSTM' else 'h_n'})"
        state = origin is not None and origin.op == "part" and origin.detail[:1] == (1,)
        if source.op.endswith("Cell"):
            returned = "(h, c)"
        summary = f"{reader} reads a tensor, and got the tuple that {source.op} returns"
        if state:
            summary, returned = (
                f"{reader} reads a tensor, and got the state tuple (h_n, c_n) of {source.op}",
                "(h_n, c_n)",
            )
            fix = "take h_n out of the state first: output, (h_n, c_n) = lstm(x)"
        evidence.append(seen(f"{source.op} returns {returned}{where(source.location)}", "contract"))
        if origin is source and origin is not None:
            edit = case.append(name, "[0]")
    else:
        summary = f"{reader} reads a tensor, and got a tuple of {len(parts(fact) or ())}"
    found = case.make(
        "BF308", summary, at=name, evidence=evidence, fix=fix, edits=[edit], label=f"{case.text(name)}: {told(fact)}"
    )
    yield Hypothesis(95 if direct or packed else 75, found)


def rank(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """BF104: more or fewer axes than the module reads; BF108 for a whole sequence given to a cell."""
    x = case.tensor("input")
    if x is None:
        return
    name = case.text("input")
    if settings.is_cell and x.ndim == 3:
        found = case.make(
            "BF108", f"{settings.kind} takes one step of time, and got a whole sequence {x.shape}", at="input",
            evidence=[seen(f"{name} has 3 axes {x.shape}"), seen("a cell reads (batch, features)", "contract")],
            fix=f"loop over the steps and pass the state on, or use nn.{settings.kind.removesuffix('Cell')}",
            table=input_table(case, settings, range(3)),
        )  # fmt: skip
        yield Hypothesis(80, found)
        return
    most = 2 if settings.is_cell else 3
    if x.ndim > most:
        order = "(batch, features)" if settings.is_cell else ", ".join(
            ("batch", "seq") if settings.batch_first else ("seq", "batch"))  # fmt: skip
        wanted = order if settings.is_cell else f"({order}, features)"
        fix, edits, evidence = _merge(case, settings, x)
        found = case.make(
            "BF104", f"{settings.kind} got an input with {x.ndim} axes {x.shape}, and reads {most}", at="input",
            evidence=[seen(f"{name} is {x.shape}"), seen(f"{settings.kind} reads {wanted}", "contract"), *evidence],
            fix=fix, edits=edits, table=input_table(case, settings, range(x.ndim)),
        )  # fmt: skip
        yield Hypothesis(80, found)
    elif x.ndim < most - 1:
        evidence, fix = [seen(f"{name} is {x.shape}")], "give it its axes back: (batch, seq, features)"
        yield from dropped(case, "input", 90)
        found = case.make(
            "BF104", f"{settings.kind} got an input with {x.ndim} axes {x.shape}, and reads {most - 1} or {most}",
            at="input", evidence=evidence, fix=fix,
        )  # fmt: skip
        yield Hypothesis(70, found)


def dtype(case: Case, name: str = "input", weight: int = 70) -> Iterator[Hypothesis]:
    """BF107: ids where numbers are read, or another precision than the parameters have."""
    x, wanted = case.tensor(name), case.settings.get("dtype")
    if x is None or not isinstance(wanted, str) or x.dtype == wanted:
        return
    text = case.text(name)
    evidence = [seen(f"{text} is {x}"), seen(f"the parameters of {case.reader} are {wanted}")]
    if x.dtype in WHOLE:
        fix = "turn ids into vectors with nn.Embedding first; if they are measurements, convert: x.float()"
        summary = f"{case.kind} got whole numbers ({x.dtype}) where it reads {wanted} features"
        found = case.make("BF107", summary, at=name, evidence=evidence, fix=fix)
    else:
        suffix = {"float32": ".float()", "float64": ".double()", "float16": ".half()"}.get(wanted, "")
        summary = f"{case.kind} has {wanted} parameters, and got {x.dtype} data"
        found = case.make(
            "BF107", summary, at=name, evidence=evidence,
            fix=f"convert the data once, where it is loaded: {text}{suffix}",
            edits=[case.append(name, suffix) if suffix else None],
        )  # fmt: skip
    yield Hypothesis(weight, found)


def state_dtype(case: Case) -> Iterator[Hypothesis]:
    """BF107 for a state of another dtype than the parameters."""
    wanted = case.settings.get("dtype")
    for name, part in case.call.tensors():
        if name.startswith("hx") and isinstance(wanted, str) and part.dtype != wanted:
            state = "h_0" if name in ("hx", "hx[0]") else "c_0"
            found = case.make(
                "BF107", f"{state} is {part.dtype}, and the parameters of {case.reader} are {wanted}", at="hx",
                evidence=[seen(f"{state} is {part}")], fix="make the state with the input's dtype: x.new_zeros(…)",
                label=f"{state}: {part}",
            )  # fmt: skip
            yield Hypothesis(60, found)
            return


def features(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """The last axis is not input_size: where did the features go?"""
    fact = case.fact("input")
    x = fact.data if isinstance(fact, PackedFact) else fact
    if not isinstance(x, TensorFact) or not x.ndim or x.shape[-1] == settings.input_size:
        return
    size, name, origin = settings.input_size, case.text("input"), case.origin("input")
    got = x.shape[-1]
    reads = seen(f"{settings.kind} reads input_size={size} features on the last axis", "contract")
    plain = seen(f"{name} is {x.shape}: its last axis has {got}")
    table = input_table(case, settings, (x.ndim - 1,))
    turned = [axis for axis in range(x.ndim - 1) if x.shape[axis] == size]
    packed = isinstance(fact, PackedFact)
    yield from dropped(case, "input", 65, last=True)
    if turned and not packed:
        axis = turned[-1]
        table = input_table(case, settings, (axis, x.ndim - 1), "exchanged")
        suffix = f".transpose({axis}, {x.ndim - 1})"
        conv = origin.find("Conv1d") if origin is not None else None
        more = (
            [seen(f"it comes from Conv1d{where(conv.location)}, which puts channels before time", "contract")]
            if conv
            else []
        )
        alone = x.ndim == 3 and size == 1 and x.shape[0] == 1 and 1 not in x.shape[1:]
        found = case.make(
            "BF106", f"{settings.kind} reads the features on the last axis, and {name} has them on axis {axis}",
            at="input", evidence=[plain, reads, seen(f"axis {axis} has the {size} that input_size asks for"), *more],
            table=table, fix=f"move the features last: {name}{suffix}", edits=[case.append("input", suffix)],
        )  # fmt: skip
        yield Hypothesis(50 if alone else 85, found)
    if x.ndim == 2 and size == 1 and not packed and not settings.is_cell and not turned:
        found = case.make(
            "BF104", f"{settings.kind} got an input with 2 axes {x.shape}: the feature axis is missing", at="input",
            evidence=[plain, reads, seen("an input with 2 axes is read as one unbatched sequence (seq, features)",
                "contract")],
            table=table, fix=f"give each number a feature axis of its own: {name}.unsqueeze(-1)",
            edits=[case.append("input", ".unsqueeze(-1)")],
        )  # fmt: skip
        yield Hypothesis(85, found)
    yield Hypothesis(60, _feature_size(case, settings, x, origin, [plain, reads]),
        "another axis has that size" if turned else "")


def _feature_size(
    case: Case, settings: RecurrentSettings, x: TensorFact, origin: Origin | None, evidence: list[Evidence]
) -> Finding:
    got, size, source = x.shape[-1], settings.input_size, recurrent_above(origin)
    built, edit = case.call.module.built_at, None
    fix = f"build it with input_size={got}, or give it {size} features"
    if source is not None and source.module is not None:
        hidden = source.module.settings.get("hidden_size")
        if source.module.settings.get("bidirectional") and hidden == size and got == 2 * size:
            evidence.append(
                seen(f"{source.op}{where(source.location)} is bidirectional: 2 × {hidden} = {got} features", "contract")
            )
            fix = f"the output of a bidirectional {source.op} has 2 × hidden_size features: input_size={got}"
    elif x.ndim == 3 and x.shape[1] * got == size:
        evidence.append(seen(f"{x.shape[1]} × {got} = {size}: all steps of a sample on one axis"))
    if case.source(built):
        edit = with_position(built, case.source(built), 0, "input_size", str(got))
    return case.make(
        "BF105", f"{settings.kind} has input_size={size}, and the last axis of the input has {got}", at="input",
        evidence=evidence, table=input_table(case, settings, (x.ndim - 1,)), fix=fix, edits=[edit],
    )  # fmt: skip


def dropped(case: Case, name: str, weight: int, last: bool = False) -> Iterator[Hypothesis]:
    """BF404: a squeeze on the way removed an axis of size 1 that was the batch; last: that held the features."""
    origin = case.origin(name)
    if origin is not None:
        yield from squeezed(case, origin, name, weight, last)


def _merge(case: Case, settings: RecurrentSettings, x: TensorFact) -> tuple[str, list[Edit | None], list[Evidence]]:
    """How an input with too many axes may be brought to three: by what its sizes say."""
    name = case.text("input")
    if x.ndim == 4 and 1 in x.shape and not settings.is_cell:
        axis = x.shape.index(1, 1) if 1 in x.shape[1:] else 0
        if x.shape[-1] == settings.input_size or (axis == 3 and x.shape[-2] == settings.input_size):
            return (
                f"axis {axis} has size 1: {name}.squeeze({axis})",
                [case.append("input", f".squeeze({axis})")],
                [seen(f"axis {axis} has size 1, and without it the last axis has input_size={settings.input_size}")],
            )
    tail = 1
    for size in x.shape[2:]:
        tail *= size
    if not settings.is_cell and x.ndim > 3:
        evidence = [seen(f"the axes after the second make {tail} features of one step")]
        fix = f"make the axes after the second one axis of features: {name}.flatten(2), with input_size={tail}"
        built, edits = case.call.module.built_at, [case.append("input", ".flatten(2)")]
        if tail != settings.input_size:
            edits.append(with_position(built, case.source(built), 0, "input_size", str(tail)))
        return fix, edits if None not in edits else [], evidence
    return "bring it to (batch, features)", [], []


def _tensors(fact: Fact) -> bool:
    if isinstance(fact, (TensorFact, PackedFact)):
        return True
    return isinstance(fact, tuple) and any(_tensors(part) for part in fact)
