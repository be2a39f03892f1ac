"""The sizes of a state of the right number of axes (BF201, BF202, BF203, BF205), and BF101 as a state shows it."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.contracts.violation import named
from batchfirst.diagnosis.calls.case import Case, Hypothesis, recurrent_above, seen
from batchfirst.diagnosis.calls.given_state import State, asked, states_of
from batchfirst.diagnosis.calls.provenance import (
    each_part,
    exchanged,
    factories,
    is_kept,
    is_output,
    made_at,
    sized,
    times_two,
)
from batchfirst.diagnosis.calls.swapped import swapped
from batchfirst.diagnosis.calls.tables import sizes_table
from batchfirst.model.finding import AxisTable, Edit
from batchfirst.model.observation import TensorFact
from batchfirst.model.origin import Origin


def sizes_wrong(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A state of the right number of axes with wrong sizes."""
    for state in states_of(case, settings):
        if len(state.shape) == len(state.wanted) and state.shape != state.size:
            yield from _sizes(case, settings, state)
            return


def _sizes(case: Case, settings: RecurrentSettings, state: State) -> Iterator[Hypothesis]:
    given, size = state.shape, state.size
    wrong = [n for n, (got, want) in enumerate(zip(given, size, strict=True)) if got != want]
    if settings.is_cell or state.form == "unbatched":
        yield from _flat(case, settings, state, wrong)
        return
    rows, batch, hidden = size
    table = sizes_table(state.name, given, state.wanted, asked(case, state), wrong)
    proof = made_at(state.origin)
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
    table = sizes_table(state.name, given, state.wanted, asked(case, state), wrong)
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
    made = factories(case, settings)
    edits = [exchanged(origin) for origin in made] or [each_part(case, settings, ".transpose(0, 1).contiguous()")]
    flag = "batch_first=True moves the batch axis of input and output only" if settings.batch_first else ""
    found = case.make(
        "BF201", f"{state.name} is laid out (batch, layers, hidden); {settings.kind} reads (layers, batch, hidden)",
        at="hx", table=table, label=f"{state.name}: {state.given}",
        evidence=[seen(plain), seen(why), *made_at(state.origin), *([seen(flag, "contract")] if flag else [])],
        fix="put the layers first: (layers × directions, batch, hidden), whatever batch_first is", edits=edits,
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
    evidence = [seen(plain), *made_at(state.origin)]
    fix, summary = f"make the first axis num_layers × num_directions = {rows}", ""
    edits: list[Edit | None] = []
    outward = source is not None and is_output(state.origin, source)
    counted = f"{settings.num_layers} layers × {settings.directions} directions"
    if outward and source is not None:
        summary = f"the output sequence of {source.op} is given as {state.name}, where a final state is read"
        fix = "pass the state that the encoder returns beside its output: output, state = encoder(x)"
    elif got * settings.directions == rows and settings.bidirectional:
        summary = f"{state.name} has a row for each layer, and not one for each of the two directions"
        edits = [times_two(origin) for origin in factories(case, settings)]
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
        "BF204" if outward else "BF202", summary, at="hx", table=table, evidence=evidence, fix=fix, edits=edits,
        label=f"{state.name}: {state.given}",
    )  # fmt: skip
    return Hypothesis(weight + (25 if outward else 0), found)


def _batch(
    case: Case, settings: RecurrentSettings, state: State, table: AxisTable, plain: str, weight: int
) -> Hypothesis:
    place = [name for name, _ in state.wanted].index("batch")
    got, batch = state.shape[place], state.batch
    evidence = [seen(plain), *made_at(state.origin)]
    name = case.text("input")
    axis = settings.batch_axis()
    size_of = f"{name}.size({axis})" if isinstance(case.fact("input"), TensorFact) else "the batch's own size"
    fix = f"make the state for the samples of this batch: {size_of}"
    notes = []
    edits = [sized(case, origin, place, size_of) for origin in factories(case, settings)]
    kept = is_kept(state.origin)
    if kept:
        notes.append("the state of one batch is carried into the next: it only fits while every batch has one size")
    if batch and got % batch == 0 and got > batch:
        notes.append(f"{got} is {got // batch} × {batch}: a last, smaller batch, or one replica's share of the batch")
    elif got > batch:
        notes.append("a last, smaller batch meets a state made for full ones; drop_last=True would hide it")
    found = case.make(
        "BF203", f"{state.name} is made for {got} samples, and this batch has {batch}", at="hx", table=table,
        evidence=evidence, fix=fix, edits=edits, notes=tuple(notes), label=f"{state.name}: {state.given}",
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
                                    "samples make a whole state"), *made_at(state.origin)],
        fix="make the state inside forward, from the input's own size; or pass it batch first and transpose it there",
    )  # fmt: skip
    return Hypothesis(78, found)


def _hidden(
    case: Case, settings: RecurrentSettings, state: State, source: Origin | None, table: AxisTable, plain: str,
    weight: int, label: str,
) -> Hypothesis:  # fmt: skip
    got, size = state.shape[-1], state.size[-1]
    evidence = [seen(plain), *made_at(state.origin)]
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
