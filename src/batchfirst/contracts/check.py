"""The fast check that everyone shares: which argument of a recurrent call breaks the contract, and how.

It reads shapes only. What torch does with each violation is stated with it: `refused`, `accepted` (silently) or
`unchecked`; tests/contracts compares that with torch for all settings. Source of the checks:
https://docs.pytorch.org/docs/stable/_modules/torch/nn/modules/rnn.html (RNNBase.check_forward_args and the forwards).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchfirst.contracts.recurrent import Form, RecurrentSettings, expected
from batchfirst.contracts.violation import AxisShape, Outcome, Reason, Shape, Violation, named

_STATE_REASONS: dict[str, Reason] = {
    "layers*directions": "rows", "batch": "batch", "hidden": "hidden", "proj": "hidden",
}  # fmt: skip


def accepts(
    settings: RecurrentSettings,
    input_shape: Sequence[int],
    h_shape: Sequence[int] | None = None,
    c_shape: Sequence[int] | None = None,
    *,
    packed_batch: int | None = None,
    permuted: bool = False,
    state_parts: int | None = None,
) -> tuple[Violation, ...]:
    """What of a call breaks the contract; empty where nothing does.

    input_shape: of the input, of a PackedSequence its `data`; packed_batch: its number of sequences, None for a plain
    tensor; permuted: whether it was packed with enforce_sorted=False (it then has `sorted_indices`). h_shape and
    c_shape: the state as given: one tensor is h_shape alone, a tuple (h_0, c_0) both. state_parts: the length of the
    tuple where it is neither (1, 3, …).

    >>> lstm = RecurrentSettings("LSTM", 1, 64, num_layers=2, batch_first=True)
    >>> for violation in accepts(lstm, (5, 30, 1), (5, 2, 64), (2, 5, 64)):
    ...     print(violation)
    h_0, axis 0 (layers*directions): expected 2, given 5
    h_0, axis 1 (batch): expected 5, given 2
    """
    given = tuple(input_shape)
    packed = packed_batch is not None
    if packed and settings.is_cell:
        return (Violation("input", "structure", "a tensor of one step", "a PackedSequence"),)
    ranks = (2,) if packed else (1, 2) if settings.is_cell else (2, 3)
    if len(given) not in ranks:
        return (_input_rank(settings, given, packed),)
    form: Form = "packed" if packed else "batched" if len(given) == ranks[-1] else "unbatched"
    batch, seq = _counts(settings, given, form, packed_batch)
    shapes = expected(settings, batch, seq, form, given[0] if packed else None)
    return (
        *_input(settings, given, seq, form),
        *_structure(settings, form, permuted, h_shape, c_shape, state_parts, shapes),
        *_state(settings, form, permuted, "h_0", h_shape, c_shape is None, shapes),
        *_state(settings, form, permuted, "c_0", c_shape, False, shapes),
    )


def form_of(settings: RecurrentSettings, input_shape: Sequence[int], packed: bool = False) -> Form | None:
    """How torch reads an input of this shape; None where it refuses the number of axes."""
    if packed:
        return "packed" if len(input_shape) == 2 and not settings.is_cell else None
    batched = 2 if settings.is_cell else 3
    return {batched: "batched", batched - 1: "unbatched"}.get(len(input_shape))  # type: ignore[return-value]


def _counts(settings: RecurrentSettings, given: Shape, form: Form, packed_batch: int | None) -> tuple[int, int]:
    if form == "packed":
        return packed_batch or 0, 1
    time, samples = settings.time_axis(form == "batched"), settings.batch_axis(form == "batched")
    return (1 if samples is None else given[samples]), (1 if time is None else given[time])


def _input_rank(settings: RecurrentSettings, given: Shape, packed: bool) -> Violation:
    wanted = "2 axes (sum(lengths), features)" if packed else _forms(settings)
    outcome: Outcome = "unchecked" if packed and settings.kind == "LSTM" else "refused"
    return Violation("input", "rank", wanted, f"{len(given)}: {given}", outcome=outcome)


def _forms(settings: RecurrentSettings) -> str:
    if settings.is_cell:
        return "2 axes (batch, features), or 1 (features) unbatched"
    first = "batch, seq" if settings.batch_first else "seq, batch"
    return f"3 axes ({first}, features), or 2 (seq, features) unbatched"


def _input(settings: RecurrentSettings, given: Shape, seq: int, form: Form) -> Iterator[Violation]:
    if given[-1] != settings.input_size:
        wanted = f"{settings.input_size} (input_size)"
        outcome: Outcome = "unchecked" if form == "packed" and settings.kind == "LSTM" else "refused"
        yield Violation("input", "features", wanted, str(given[-1]), "features", len(given) - 1, outcome)
    if seq == 0 and form != "packed":
        yield Violation("input", "empty-seq", "at least 1 step", "0", "seq", settings.time_axis(form == "batched"))


def _structure(
    settings: RecurrentSettings, form: Form, permuted: bool, h_shape: Sequence[int] | None,
    c_shape: Sequence[int] | None, parts: int | None, shapes: dict[str, AxisShape],
) -> Iterator[Violation]:  # fmt: skip
    if h_shape is None and not parts:
        return
    if parts is None:
        parts = 0 if c_shape is None else 2  # 0: one tensor
    told = "one tensor" if parts == 0 else f"a tuple of {parts}"
    if not settings.has_cell_state:
        if parts:
            yield Violation("hx", "structure", "one tensor h_0", told)
        return
    if parts == 2:
        return
    # Unbatched input, and packed input that has to be put in order, read hx[0] and hx[1] only, so that more parts, or a
    # tensor with the right axes behind the first, pass.
    reads_two = form == "unbatched" or (form == "packed" and permuted)
    outcome: Outcome = "refused"
    if reads_two and parts > 2:
        outcome = "accepted"
    elif reads_two and parts == 0 and h_shape is not None:
        outcome = _stacked(settings, form, tuple(h_shape), shapes)
    yield Violation("hx", "structure", "a tuple (h_0, c_0)", told, outcome=outcome)


def _stacked(settings: RecurrentSettings, form: Form, given: Shape, shapes: dict[str, AxisShape]) -> Outcome:
    """What torch does with one tensor that it takes apart along its first axis as if it were (h_0, c_0)."""
    if len(given) < 2 or given[0] < 2:
        return "refused"
    if form == "packed" or (settings.is_cell and len(given) > 2):
        return "unchecked"
    right = all(given[1:] == tuple(size for _, size in shapes[name]) for name in ("h_0", "c_0"))
    return "accepted" if right else "refused"


def _state(
    settings: RecurrentSettings, form: Form, permuted: bool, name: str, shape: Sequence[int] | None, alone: bool,
    shapes: dict[str, AxisShape],
) -> Iterator[Violation]:  # fmt: skip
    if shape is None or name not in shapes or (alone and settings.has_cell_state):
        return
    given, wanted = tuple(shape), shapes[name]
    outcome = _state_outcome(settings, form, permuted, given, wanted)
    if len(given) != len(wanted):
        told = f"{len(given)}: {given}"
        yield Violation(name, "state-rank", f"{len(wanted)} axes {named(wanted)}", told, outcome=outcome)
        return
    for index, ((axis, size), got) in enumerate(zip(wanted, given, strict=True)):
        if size != got:
            yield Violation(name, _STATE_REASONS[axis], str(size), str(got), axis, index, outcome)


def _state_outcome(settings: RecurrentSettings, form: Form, permuted: bool, given: Shape, wanted: AxisShape) -> Outcome:
    if form == "packed" and settings.kind == "LSTM":
        return "unchecked"  # LSTM.forward does not call check_forward_args for packed input
    if form == "packed" and permuted and len(given) == 3:
        # The state is put in the packed order by index_select, which leaves out what is beyond the batch.
        beyond = given[1] > wanted[1][1]
        return "accepted" if beyond and (given[0], given[2]) == (wanted[0][1], wanted[2][1]) else "refused"
    if settings.is_cell and form == "unbatched" and len(given) == 2 and given[0] == settings.hidden_size:
        return "unchecked"  # unsqueezed to 3-D, its middle axis passes for hidden_size
    return "refused"
