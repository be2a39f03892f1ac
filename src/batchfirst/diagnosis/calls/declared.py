"""What only a declared layout shows: calls that torch accepts, and whose sizes cannot say that they are wrong."""

from __future__ import annotations

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls.case import Case, Hypothesis, best, seen
from batchfirst.diagnosis.calls.given_state import states_of
from batchfirst.diagnosis.calls.swapped import swapped
from batchfirst.diagnosis.calls.tables import input_table
from batchfirst.model.finding import Evidence, Finding
from batchfirst.model.layout import Layout
from batchfirst.model.observation import TensorFact


def against_declared(case: Case) -> tuple[Finding, ...]:
    """Findings from the declared layout of a recurrent module's input alone."""
    layout, settings, x = case.declared, case.contract, case.tensor("input")
    if layout is None or settings is None or x is None or settings.is_cell:
        return ()
    if layout.rank is not None and layout.rank != x.ndim:
        return ()
    if layout.seen is not None and case.fact("hx") is not None:
        return ()  # who gives a state has said by its size which axis is the batch
    if x.ndim == 2:
        return _two_axes(case, settings, x, layout)
    if x.ndim != 3:
        return ()
    return _three_axes(case, settings, x, layout) or _ambiguous(case, settings, x)


def _three_axes(case: Case, settings: RecurrentSettings, x: TensorFact, layout: Layout) -> tuple[Finding, ...]:
    reads_batch, reads_seq = (0, 1) if settings.batch_first else (1, 0)
    batch, seq = layout.index("batch", x.ndim), layout.index("seq", x.ndim)
    told = _told(layout)
    reads = seen(
        f"batch_first={settings.batch_first}: axis {reads_batch} is read as batch, axis {reads_seq} as time", "contract"
    )
    if batch == reads_seq and (seq == reads_batch or (seq is None and x.shape[reads_batch] == 1)):
        if seq is None:
            found = case.make(
                "BF103", f"{settings.kind} reads {x.shape[batch]} samples as the steps of one", at="input",
                table=input_table(case, settings, (0, 1), "samples as steps"), evidence=[told, reads],
                fix="give each sample an axis of its own for time: (batch, seq, features)",
            )  # fmt: skip
            return best([Hypothesis(90, found)])
        return best([swapped(case, settings, 95, [told, reads])])
    if layout.seen is not None and batch == reads_seq:
        return best([swapped(case, settings, 95, [told, reads])])
    if seq == 2 and batch in (reads_batch, None):
        found = case.make(
            "BF106", f"{settings.kind} reads the features on the last axis, which is declared to be time", at="input",
            table=input_table(case, settings, (reads_seq, 2), "exchanged"), evidence=[told, reads],
            fix=f"move time to axis {reads_seq}: .transpose({reads_seq}, 2)",
            edits=[case.append("input", f".transpose({reads_seq}, 2)")],
            # Sizes that fit were chosen: an LSTM along the variables (LSTM-FCN, Karim et al. 2017) is built so.
            severity="note", notes=("this may be meant: a module that runs along the variables is built like this",),
        )  # fmt: skip
        return best([Hypothesis(90, found)])
    return ()


def _two_axes(case: Case, settings: RecurrentSettings, x: TensorFact, layout: Layout) -> tuple[Finding, ...]:
    if layout.index("batch", x.ndim) is None:
        return ()
    seq = layout.index("seq", x.ndim)
    if seq is None:
        fix, suffix = "give each sample a time axis", ".unsqueeze(1)" if settings.batch_first else ".unsqueeze(0)"
    else:
        fix, suffix = "give each number a feature axis of its own", ".unsqueeze(-1)"
    found = case.make(
        "BF102", f"{settings.kind} reads a batch {x.shape} as one unbatched sequence of {x.shape[0]} steps", at="input",
        table=input_table(case, settings, range(2)),
        evidence=[_told(layout),
                  seen("an input with 2 axes is read as (seq, features), unbatched", "contract")],
        fix=f"{fix}: {case.text('input')}{suffix}", edits=[case.append("input", suffix)],
    )  # fmt: skip
    return best([Hypothesis(90, found)])


def _told(layout: Layout) -> Evidence:
    return layout.seen or seen(f'the input is declared "{layout}"', "declared")


def _ambiguous(case: Case, settings: RecurrentSettings, x: TensorFact) -> tuple[Finding, ...]:
    """BF002: as many samples as rows of the state, so that a state given batch first has the right sizes too."""
    for state in states_of(case, settings):
        if state.shape == state.size and len(state.size) == 3 and state.size[0] == state.size[1] > 1:
            found = case.make(
                "BF002", f"{state.name} {state.shape}: batch and layers × directions are both {state.size[0]}", at="hx",
                evidence=[seen("a state given batch first would have the same sizes")],
                fix="check it with another batch size, or let bf.audit measure it",
            )  # fmt: skip
            return (found,)
    return ()
