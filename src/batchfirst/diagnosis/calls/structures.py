"""The structure of a state (BF204) and its number of axes (BF206), or the input's that it shows to be wrong (BF104)."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.contracts.violation import named
from batchfirst.diagnosis.calls.case import LAYERED, RECURRENT, Case, Hypothesis, parts, recurrent_above, seen, told
from batchfirst.diagnosis.calls.given_state import State, asked, states_of
from batchfirst.diagnosis.calls.provenance import FACTORIES, doubled, each_part, made_at
from batchfirst.diagnosis.calls.squeezes import squeezed
from batchfirst.diagnosis.calls.tables import sizes_table
from batchfirst.model.finding import Edit, Evidence, Finding
from batchfirst.model.observation import TensorFact
from batchfirst.model.origin import Origin


def structure(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A tensor where a tuple (h_0, c_0) is read, or the other way round."""
    hx = case.fact("hx")
    if hx is None:
        return
    pair = parts(hx)
    origin = case.origin("hx")
    where_from = made_at(origin)
    if settings.has_cell_state:
        if pair is not None and len(pair) == 2 and all(isinstance(part, TensorFact) for part in pair):
            return
        given = told(hx)
        fix, edit = "pass both: (h_0, c_0), each (layers × directions, batch, hidden)", None
        if isinstance(hx, TensorFact) and origin is not None and origin.op in FACTORIES and origin.text:
            edit = doubled(origin)
        elif pair is not None and len(pair) == 2 and any(isinstance(part, tuple) for part in pair):
            fix = "take the state apart first: each of the two must be one tensor"
            if origin is not None and origin.op == "LSTM":
                fix = "LSTM returns (output, (h_n, c_n)): pass the second part alone"
                edit = case.append("hx", "[1]")
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
        fix=fix, edits=[case.append("hx", _state_in(origin)) if parts(hx) else None],
        label=f"{case.text('hx')}: {told(hx)}",
    )  # fmt: skip
    yield Hypothesis(95, found)


def _state_in(origin: Origin | None) -> str:
    """Where the one tensor of a state lies in the tuple that was given for it."""
    return "[1]" if origin is not None and origin.op in LAYERED else "[0]"


def ranks(case: Case, settings: RecurrentSettings) -> Iterator[Hypothesis]:
    """A state with too few or too many axes for this input; or an input with too few for this state."""
    for state in states_of(case, settings):
        given, wanted = len(state.shape), len(state.wanted)
        if given == wanted:
            continue
        x = case.tensor("input")
        table = sizes_table(state.name, state.shape, state.wanted, asked(case, state), range(max(given, wanted)))
        base = f"{state.name} has {given} axes {state.shape}, and {settings.kind} reads {wanted} {named(state.wanted)}"
        fix, edit = _rank_fix(case, settings, state)
        found = case.make(
            "BF206", base, at="hx", table=table, evidence=[seen(base), *made_at(state.origin)], fix=fix,
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
        evidence=evidence, fix=fix, edits=[case.append("input", suffix)],
    )  # fmt: skip


def _rank_fix(case: Case, settings: RecurrentSettings, state: State) -> tuple[str, Edit | None]:
    given, wanted = len(state.shape), len(state.wanted)
    if settings.is_cell:
        if given == wanted + 1 and state.shape[0] == 1:
            return "a cell has no layer axis: pass (batch, hidden)", each_part(case, settings, ".squeeze(0)")
        return "a cell has no layer axis: pass (batch, hidden), one layer's state", None
    if given < wanted and settings.state_rows == 1 and given == wanted - 1:
        return "put the layer axis in front: (1, batch, hidden)", each_part(case, settings, ".unsqueeze(0)")
    return f"make it {named(state.wanted)}", None


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
