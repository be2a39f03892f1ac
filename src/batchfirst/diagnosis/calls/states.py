"""The initial state of a recurrent module or cell: structure, axes and sizes (BF201 to BF206, and BF101 by it)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from batchfirst.contracts.recurrent import Form, RecurrentSettings, expected
from batchfirst.contracts.violation import AxisShape, Shape, named, sizes
from batchfirst.diagnosis.calls.case import LAYERED, RECURRENT, Case, Hypothesis, parts, recurrent_above, seen, told
from batchfirst.diagnosis.calls.edits import appended, argument_texts, with_position
from batchfirst.diagnosis.calls.squeezes import squeezed
from batchfirst.diagnosis.calls.swapped import swapped
from batchfirst.diagnosis.calls.tables import sizes_table, where
from batchfirst.model.finding import AxisTable, Edit, Evidence, Finding
from batchfirst.model.observation import PackedFact, TensorFact
from batchfirst.model.origin import Origin

_FACTORIES = ("zeros", "ones", "randn", "rand", "empty", "full", "new_zeros", "new_ones", "new_empty", "new_full")


@dataclass(frozen=True)
class State:
    """One tensor of a state beside what the contract asks of it. batch: samples that the module reads in the input."""

    name: str  # "h_0" or "c_0"
    given: TensorFact
    wanted: AxisShape
    batch: int
    form: Form
    origin: Origin | None

    @property
    def shape(self) -> Shape:
        return self.given.shape

    @property
    def size(self) -> Shape:
        return sizes(self.wanted)


def structure(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A tensor where a tuple (h_0, c_0) is read, or the other way round."""
    hx = case.fact("hx")
    if hx is None:
        return
    pair = parts(hx)
    origin = case.origin("hx")
    where_from = _provenance(origin)
    if settings.has_cell_state:
        if pair is not None and len(pair) == 2 and all(isinstance(part, TensorFact) for part in pair):
            return
        given = told(hx)
        fix, edit = "pass both: (h_0, c_0), each (layers × directions, batch, hidden)", None
        if isinstance(hx, TensorFact) and origin is not None and origin.op in _FACTORIES and origin.text:
            edit = _doubled(origin)
        elif pair is not None and len(pair) == 2 and any(isinstance(part, tuple) for part in pair):
            fix = "take the state apart first: each of the two must be one tensor"
        found = case.make(
            "BF204", f"{settings.kind} reads its state as a tuple (h_0, c_0), and got {_what(hx)}", at="hx",
            evidence=[seen(f"hx is {given}"), *where_from, seen(f"{settings.kind} reads hx[0] as h_0, hx[1] as c_0",
                                                               "contract")],
            fix=fix, edits=[edit],
            label=f"{case.text('hx')}: {given}",
        )  # fmt: skip
        yield Hypothesis(95, found)
        return
    if pair is None and isinstance(hx, TensorFact):
        return
    source = recurrent_above(origin)
    fix = f"{settings.kind} has no cell state: pass h_0 alone"
    if source is not None and source.op.startswith("LSTM"):
        fix = f"the state comes from an {source.op}, which returns (h, c): pass h alone, or use an LSTM here too"
    elif source is not None and origin is not None and origin.op in RECURRENT:
        fix = f"{source.op} returns (output, h_n): pass h_n alone"
    found = case.make(
        "BF204", f"{settings.kind} reads its state as one tensor, and got {_what(hx)}", at="hx",
        evidence=[seen(f"hx is {told(hx)}"), *where_from, seen(f"{settings.kind} reads hx as h_0", "contract")],
        fix=fix, edits=[appended(origin, "[0]") if _is_pair(origin) else None],
        label=f"{case.text('hx')}: {told(hx)}",
    )  # fmt: skip
    yield Hypothesis(95, found)


def ranks(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A state with too few or too many axes for this input; or an input with too few for this state."""
    for state in states_of(case, settings):
        given, wanted = len(state.shape), len(state.wanted)
        if given == wanted:
            continue
        x = case.tensor("input")
        table = sizes_table(state.name, state.shape, state.wanted, _asked(case, state), range(max(given, wanted)))
        base = f"{state.name} has {given} axes {state.shape}, and {settings.kind} reads {wanted} {named(state.wanted)}"
        fix, edit = _rank_fix(settings, state)
        found = case.make(
            "BF206", base, at="hx", table=table, evidence=[seen(base), *_provenance(state.origin)], fix=fix,
            edits=[edit], label=f"{state.name}: {state.given}",
        )  # fmt: skip
        yield Hypothesis(60, found, "the state would have to be the one that is wrong")
        if x is None or settings.is_cell or not (x.ndim == 2 and given == 3):
            return
        # The state is one for a batch: then the input is what lacks an axis.
        batch = state.shape[1]
        proof = [seen(f"{state.name} {state.shape} is a state for a batch of {batch}"),
                 seen(f"an input with 2 axes {x.shape} is read as one unbatched sequence", "contract")]  # fmt: skip
        yield Hypothesis(80, missing_axis(case, settings, x, batch, proof))
        origin = case.origin("input")
        if origin is not None:
            yield from squeezed(case, origin, "input", 85)
        return


def missing_axis(
    case: Case, settings: RecurrentSettings, x: TensorFact, batch: int | None, evidence: list[Evidence]
) -> Finding:
    """BF104 for an input with two axes that is meant as a batch: which axis is missing, by its sizes."""
    name = case.text("input")
    if settings.input_size == 1 and x.shape[-1] != 1:
        what, fix, suffix = (
            "features",
            f"give each number a feature axis of its own: {name}.unsqueeze(-1)",
            ".unsqueeze(-1)",
        )
    elif batch == 1 and x.shape[0] != 1:
        axis = 0 if settings.batch_first else 1
        what, fix, suffix = "batch", f"give the sequence a batch axis: {name}.unsqueeze({axis})", f".unsqueeze({axis})"
    else:
        axis = 1 if settings.batch_first else 0
        what, fix, suffix = "seq", f"give each sample a time axis: {name}.unsqueeze({axis})", f".unsqueeze({axis})"
    return case.make(
        "BF104", f"{settings.kind} got an input with 2 axes {x.shape}: the {what} axis is missing", at="input",
        evidence=evidence, fix=fix, edits=[appended(case.origin("input"), suffix)],
    )  # fmt: skip


def sizes_wrong(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A state of the right number of axes with wrong sizes."""
    for state in states_of(case, settings):
        if len(state.shape) == len(state.wanted) and state.shape != state.size:
            yield from _sizes(case, settings, state)
            return


def states_of(case: Case, settings: RecurrentSettings) -> Iterator[State]:
    """The tensors of the state with what the contract asks of each, for the input of this call."""
    x, hx = case.fact("input"), case.fact("hx")
    form, batch = _form(settings, x)
    if form is None:
        return
    shapes = expected(settings, batch, 1, form)
    given = parts(hx) if settings.has_cell_state else (hx,)
    if given is None:
        return
    for number, (name, part) in enumerate(zip(("h_0", "c_0"), given, strict=False)):
        if isinstance(part, TensorFact):
            yield State(name, part, shapes[name], batch, form, _part(case.origin("hx"), number, settings))


def _form(settings: RecurrentSettings, x: object) -> tuple[Form | None, int]:
    if isinstance(x, PackedFact):
        return (None, 0) if settings.is_cell else ("packed", x.batch)
    if not isinstance(x, TensorFact):
        return None, 0
    batched = 2 if settings.is_cell else 3
    if x.ndim not in (batched, batched - 1):
        return None, 0
    axis = settings.batch_axis(x.ndim == batched)
    return ("unbatched", 1) if axis is None else ("batched", x.shape[axis])


def _part(origin: Origin | None, number: int, settings: RecurrentSettings) -> Origin | None:
    if origin is None or not settings.has_cell_state:
        return origin
    if origin.op == "tuple" and number < len(origin.inputs):
        return origin.inputs[number]
    return origin


def _sizes(case: Case, settings: RecurrentSettings, state: State) -> Iterator[Hypothesis]:
    given, size = state.shape, state.size
    wrong = [n for n, (got, want) in enumerate(zip(given, size, strict=True)) if got != want]
    if settings.is_cell or state.form == "unbatched":
        yield from _flat(case, settings, state, wrong)
        return
    rows, batch, hidden = size
    table = sizes_table(state.name, given, state.wanted, _asked(case, state), wrong)
    proof = _provenance(state.origin)
    plain = f"{state.name} is {given}, and {settings.kind} reads {named(state.wanted)}"
    label = f"{state.name}: {state.given}"

    x = case.tensor("input")
    if x is not None and x.ndim == 3:
        other = x.shape[1 if settings.batch_first else 0]
        if given == (rows, other, hidden):
            axis = 1 if settings.batch_first else 0
            fits = seen(f"{state.name} {given} fits if axis {axis} of the input {x.shape} is the batch")
            yield swapped(case, settings, 90, [fits, seen(plain), *proof])
    if given == (batch, rows, hidden):
        yield _batch_first(case, settings, state, 95, "exchanging its first two axes makes it fit", table, plain)
    elif given[1] == rows != batch and given[0] != rows and given[2] == hidden:
        told_ = f"exchanging its first two axes makes it a state for {given[0]} samples; the input has {batch}"
        yield _batch_first(case, settings, state, 70, told_, table, plain)
    source = recurrent_above(state.origin)
    if given[0] != rows:
        yield _rows(case, settings, state, source, table, plain, 60 if wrong == [0] else 50)
    if given[1] != batch:
        yield _batch(case, settings, state, table, plain, 60 if wrong == [1] else 40)
    share = rows // given[0] if given[0] else 0
    if share > 1 and given == (rows // share, batch * share, hidden) and rows % given[0] == 0:
        yield _shared_out(case, settings, state, share, table, plain)
    if given[2] != hidden:
        yield _hidden(case, settings, state, source, table, plain, 60 if wrong == [2] else 45, label)


def _flat(case: Case, settings: RecurrentSettings, state: State, wrong: list[int]) -> Iterator[Hypothesis]:
    """The state of a cell, or for an unbatched input: two axes, or one."""
    given = state.shape
    table = sizes_table(state.name, given, state.wanted, _asked(case, state), wrong)
    plain = f"{state.name} is {given}, and {settings.kind} reads {named(state.wanted)}"
    source = recurrent_above(state.origin)
    names = [name for name, _ in state.wanted]
    for place in wrong:
        if names[place] == "batch":
            yield _batch(case, settings, state, table, plain, 60)
        elif names[place] == "layers*directions":
            yield _rows(case, settings, state, source, table, plain, 60)
        else:
            yield _hidden(case, settings, state, source, table, plain, 55, f"{state.name}: {state.given}")


def _batch_first(
    case: Case, settings: RecurrentSettings, state: State, weight: int, why: str, table: AxisTable, plain: str
) -> Hypothesis:
    texts = argument_texts(state.origin.text) if state.origin is not None else []
    edit: Edit | None = None
    if state.origin is not None and state.origin.op in _FACTORIES and len(texts) >= 3:
        first = with_position(state.origin.location, state.origin.text, 0, "", texts[1])
        if first is not None:
            second = with_position(first.location, first.after, 1, "", texts[0])
            edit = Edit(first.location, first.before, second.after) if second is not None else None
    else:
        edit = appended(state.origin, ".transpose(0, 1).contiguous()")
    flag = "batch_first=True moves the batch axis of input and output only" if settings.batch_first else ""
    found = case.make(
        "BF201", f"{state.name} is laid out (batch, layers, hidden); {settings.kind} reads (layers, batch, hidden)",
        at="hx", table=table, label=f"{state.name}: {state.given}",
        evidence=[seen(plain), seen(why), *_provenance(state.origin), *([seen(flag, "contract")] if flag else [])],
        fix="put the layers first: (layers × directions, batch, hidden), whatever batch_first is", edits=[edit],
    )  # fmt: skip
    return Hypothesis(weight, found, "the first two axes would have to be exchanged")


def _rows(
    case: Case,
    settings: RecurrentSettings,
    state: State,
    source: Origin | None,
    table: AxisTable,
    plain: str,
    weight: int,
) -> Hypothesis:
    got, rows = state.shape[0], settings.state_rows
    evidence = [seen(plain), *_provenance(state.origin)]
    fix, edit, summary = f"make the first axis num_layers × num_directions = {rows}", None, ""
    outward = source is not None and _is_output(state.origin, source)
    counted = f"{settings.num_layers} layers × {settings.directions} directions"
    if outward and source is not None:
        summary = f"the output sequence of {source.op} is given as {state.name}, where a final state is read"
        fix = "pass the state that the encoder returns beside its output: output, state = encoder(x)"
    elif got * settings.directions == rows and settings.bidirectional:
        summary = f"{state.name} has a row for each layer, and not one for each of the two directions"
        edit = _times_two(state.origin)
    elif settings.num_layers > 1 and got * settings.num_layers == rows:
        summary = f"{state.name} has rows for one layer, and {settings.kind} has {settings.num_layers}"
    elif got == rows * 2 and not settings.bidirectional:
        summary = f"{state.name} has rows for two directions, and {settings.kind} has one"
        fix = (f"merge the two directions of the encoder's state into one (sum, or cat along the features), or make "
               f"this {settings.kind} bidirectional")  # fmt: skip
    else:
        summary = f"{state.name} has {got} rows on its first axis, and {settings.kind} reads {rows} ({counted})"
    evidence.append(seen(f"num_layers × num_directions = {settings.num_layers} × {settings.directions} = {rows}",
                         "contract"))  # fmt: skip
    found = case.make(
        "BF204" if outward else "BF202", summary, at="hx", table=table, evidence=evidence, fix=fix, edits=[edit],
        label=f"{state.name}: {state.given}",
    )  # fmt: skip
    return Hypothesis(weight + (25 if outward else 0), found)


def _batch(
    case: Case, settings: RecurrentSettings, state: State, table: AxisTable, plain: str, weight: int
) -> Hypothesis:
    place = [name for name, _ in state.wanted].index("batch")
    got, batch = state.shape[place], state.batch
    evidence = [seen(plain), *_provenance(state.origin)]
    name = case.text("input")
    axis = settings.batch_axis()
    size_of = f"{name}.size({axis})" if isinstance(case.fact("input"), TensorFact) else "the batch's own size"
    fix = f"make the state for the samples of this batch: {size_of}"
    edit, notes = None, []
    if state.origin is not None and state.origin.op in _FACTORIES:
        texts = argument_texts(state.origin.text)
        same = case.call.location is not None and state.origin.location is not None
        if same and len(texts) > place and state.origin.location.function == case.call.location.function:  # type: ignore[union-attr]
            edit = with_position(state.origin.location, state.origin.text, place, "", size_of)
    kept = _kept(state.origin)
    if kept:
        notes.append("the state of one batch is carried into the next: it only fits while every batch has one size")
    if batch and got % batch == 0 and got > batch:
        notes.append(f"{got} is {got // batch} × {batch}: a last, smaller batch, or one replica's share of the batch")
    elif got > batch:
        notes.append("a last, smaller batch meets a state made for full ones; drop_last=True would hide it")
    found = case.make(
        "BF203", f"{state.name} is made for {got} samples, and this batch has {batch}", at="hx", table=table,
        evidence=evidence, fix=fix, edits=[edit], notes=tuple(notes), label=f"{state.name}: {state.given}",
    )  # fmt: skip
    return Hypothesis(weight, found, f"the state would have to be for {got} samples on purpose")


def _shared_out(
    case: Case, settings: RecurrentSettings, state: State, share: int, table: AxisTable, plain: str
) -> Hypothesis:
    """Both were cut along axis 0, as DataParallel cuts all its arguments: the input's batch, but the state's layers."""
    rows, batch, _ = state.size
    found = case.make(
        "BF203", f"{state.name} was cut along its layers and the input along its batch, into {share} shares each",
        at="hx", table=table, label=f"{state.name}: {state.given}",
        evidence=[seen(plain), seen(f"{state.shape[0]} × {share} = {rows} rows and {batch} × {share} = {batch * share} "
                                    "samples make a whole state"), *_provenance(state.origin)],
        fix="make the state inside forward, from the input's own size; or pass it batch first and transpose it there",
    )  # fmt: skip
    return Hypothesis(78, found)


def _hidden(
    case: Case, settings: RecurrentSettings, state: State, source: Origin | None, table: AxisTable, plain: str,
    weight: int, label: str,
) -> Hypothesis:  # fmt: skip
    got, size = state.shape[-1], state.size[-1]
    evidence = [seen(plain), *_provenance(state.origin)]
    summary = f"{state.name} has {got} features, and {settings.kind} has hidden_size={settings.hidden_size}"
    fix = f"give the state {size} features, or build the module with hidden_size={got}"
    if settings.proj_size and got == settings.hidden_size and state.name == "h_0":
        summary = f"h_0 has hidden_size={got} features, and with proj_size={size} it is read with {size}"
        fix = "h_0 has proj_size features, c_0 has hidden_size: they differ under proj_size"
    elif settings.proj_size and got == settings.proj_size and state.name == "c_0":
        summary = f"c_0 has proj_size={got} features; the cell state keeps hidden_size={size}"
        fix = "h_0 has proj_size features, c_0 has hidden_size: they differ under proj_size"
    elif source is not None and source.module is not None:
        other = source.module.settings.get("hidden_size")
        if other != settings.hidden_size:
            evidence.append(seen(f"it comes from {source.op} with hidden_size={other}", "source"))
            fix = f"build both with one hidden_size, or project the state with Linear({got}, {size})"
    elif got == 2 * size:
        evidence.append(seen(f"{got} is 2 × {size}: two directions side by side"))
    found = case.make(
        "BF205", summary, at="hx", table=table, evidence=evidence, fix=fix, label=label,
    )  # fmt: skip
    return Hypothesis(weight, found)


def _rank_fix(settings: RecurrentSettings, state: State) -> tuple[str, Edit | None]:
    given, wanted = len(state.shape), len(state.wanted)
    if settings.is_cell:
        if given == wanted + 1 and state.shape[0] == 1:
            return "a cell has no layer axis: pass (batch, hidden)", appended(state.origin, ".squeeze(0)")
        return "a cell has no layer axis: pass (batch, hidden), one layer's state", None
    if given < wanted and settings.state_rows == 1 and given == wanted - 1:
        return "put the layer axis in front: (1, batch, hidden)", appended(state.origin, ".unsqueeze(0)")
    return f"make it {named(state.wanted)}", None


def _asked(case: Case, state: State) -> str:
    return "by its settings" + where(case.call.module.built_at)


def _what(hx: object) -> str:
    if isinstance(hx, TensorFact):
        return f"one tensor {hx.shape}"
    if isinstance(hx, tuple):
        inner = [part for part in hx if not isinstance(part, TensorFact)]
        if len(hx) == 2 and inner:
            kinds = " and ".join("a tensor" if isinstance(p, TensorFact) else "a tuple" if isinstance(p, tuple) else
                                 "None" if p is None else "something else" for p in hx)  # fmt: skip
            return f"({kinds})"
        return f"a tuple of {len(hx)}"
    return told(hx)  # type: ignore[arg-type]


def _provenance(origin: Origin | None) -> list[Evidence]:
    """Where the state was made, as the source says."""
    if origin is None or origin.location is None or not origin.text:
        return []
    nearest = next((o for o in origin.walk() if o.op in (*_FACTORIES, *RECURRENT)), origin)
    if nearest.location is None or nearest.op in ("data", "?", "part"):
        return []
    return [seen(f"it is made at {_short(nearest)}: {nearest.text}", "source")]


def _short(origin: Origin) -> str:
    return where(origin.location).removeprefix(", ")


def _doubled(origin: Origin) -> Edit | None:
    if origin.location is None or origin.location.end_column is None:
        return None
    return Edit(origin.location, origin.text, f"({origin.text}, {origin.text})")


def _times_two(origin: Origin | None) -> Edit | None:
    if origin is None or origin.op not in _FACTORIES:
        return None
    texts = argument_texts(origin.text)
    if len(texts) < 3:
        return None
    first = texts[0]
    bare = first.replace(".", "").replace("_", "").isalnum()
    return with_position(origin.location, origin.text, 0, "", f"{first if bare else f'({first})'} * 2")


def _is_pair(origin: Origin | None) -> bool:
    return origin is not None and origin.op == "part"


def _is_output(origin: Origin | None, source: Origin) -> bool:
    """Whether a value is, or is a slice or a transposition of, the output sequence of a recurrent module."""
    if source.op not in LAYERED or origin is None:
        return False
    for step in origin.walk():
        if step.op == "part" and step.inputs and step.inputs[0] is source:
            return step.detail[:1] == (0,)
    return False


def _kept(origin: Origin | None) -> bool:
    return origin is not None and any(step.op == "self" and isinstance(step.fact, (TensorFact, tuple))
                                      for step in list(origin.walk())[:3])  # fmt: skip
