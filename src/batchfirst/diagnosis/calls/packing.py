"""pack_padded_sequence, pad_packed_sequence and pad_sequence: lengths and data that do not belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batchfirst.diagnosis.calls import inputs
from batchfirst.diagnosis.calls.case import Case, Hypothesis, best, seen, told
from batchfirst.diagnosis.calls.edits import with_keyword
from batchfirst.model.finding import AxisRow, AxisTable, Edit, Finding
from batchfirst.model.observation import OtherFact, TensorFact


def pack(case: Case) -> tuple[Finding, ...]:
    """What is wrong with a call of pack_padded_sequence."""
    x = case.tensor("input")
    if x is None:
        return best(inputs.not_a_tensor(case, reader="pack_padded_sequence"))
    return best(_packed(case, x))


def _packed(case: Case, x: TensorFact) -> Iterator[Hypothesis]:
    first = _flag(case, "batch_first")
    count, lengths = case.settings.get("count"), case.tensor("lengths")
    if count is None and lengths is not None and lengths.ndim == 1:
        count = lengths.shape[0]
    name = case.text("input")
    if x.ndim < 2:
        yield Hypothesis(60, case.make(
            "BF104", f"pack_padded_sequence got {x.ndim} axis {x.shape}, and reads (batch, seq, …)", at="input",
            evidence=[seen(f"{name} is {x.shape}")], fix="pass the padded batch with its batch and seq axes",
        ))  # fmt: skip
        return
    if lengths is not None and lengths.ndim != 1:
        yield Hypothesis(85, case.make(
            "BF502", f"the lengths have {lengths.ndim} axes {lengths.shape}; one number per sample is read",
            at="lengths",
            evidence=[seen(f"lengths is {lengths}")], fix="pass lengths with one axis: lengths.flatten()",
        ))  # fmt: skip
        return
    if lengths is not None and lengths.device not in ("cpu",):
        yield Hypothesis(85, case.make(
            "BF502", f"the lengths lie on {lengths.device}; pack_padded_sequence reads them on the CPU", at="lengths",
            evidence=[seen(f"lengths is {lengths} on {lengths.device}")], fix="pass lengths.cpu()",
        ))  # fmt: skip
        return
    batch, seq = (x.shape[0], x.shape[1]) if first else (x.shape[1], x.shape[0])
    table = AxisTable(
        (AxisRow(name, tuple(map(str, x.shape))),
         AxisRow("pack reads", (("batch", "seq") if first else ("seq", "batch")) + ("…",) * (x.ndim - 2),
             f"batch_first={first}")),
        (0, 1), "swapped" if count == seq != batch else "",
    )  # fmt: skip
    reads = seen(f"batch_first={first}: axis {0 if first else 1} of {name} {x.shape} is read as the batch", "contract")
    if isinstance(count, int) and count != batch:
        counted = seen(f"there are {count} lengths for {batch} samples")
        if count == seq:
            yield Hypothesis(90, case.make(
                "BF501",
                f"pack_padded_sequence reads axis {0 if first else 1} as the batch, and not axis {1 if first else 0}",
                at="input", table=table,
                evidence=[counted, reads, seen(f"{count} lengths fit axis {1 if first else 0}")],
                fix=f"pass batch_first={not first}, and the same to the module and to pad_packed_sequence",
                edits=[_flagged(case, not first)],
            ))  # fmt: skip
        yield Hypothesis(60, case.make(
            "BF502", f"there are {count} lengths for {batch} samples", at="lengths", table=table,
            evidence=[counted, reads], fix="one length per sample of this very batch, in the same order",
        ))  # fmt: skip
        return
    yield from _values(case, seq, batch, x)


def _values(case: Case, seq: int, batch: int, x: TensorFact) -> Iterator[Hypothesis]:
    settings = case.settings
    longest, shortest = settings.get("longest"), settings.get("shortest")
    if isinstance(shortest, int) and shortest < 1:
        yield Hypothesis(80, case.make(
            "BF502", f"a length is {shortest}: a packed sample has one step or more", at="lengths",
            evidence=[seen(f"the lengths run from {shortest} to {longest}")],
            fix="leave empty samples out, or give them one step of padding: lengths.clamp(min=1)",
        ))  # fmt: skip
        return
    if isinstance(longest, int) and longest > seq:
        other = f"; the other axis has {batch}" if longest <= batch else ""
        yield Hypothesis(85, case.make(
            "BF502", f"the longest length is {longest}, and the data has {seq} steps", at="lengths",
            evidence=[seen(f"{case.text('input')} is {x.shape}: {seq} steps{other}"),
                      seen(f"the lengths run from {shortest} to {longest}")],
            fix="count the lengths in steps of this tensor (after any pooling, striding or truncation)",
        ))  # fmt: skip
        return
    if settings.get("sorted") is False and _flag(case, "enforce_sorted", True):
        yield Hypothesis(90, case.make(
            "BF502", "the lengths are not in decreasing order, as enforce_sorted=True asks for", at="lengths",
            evidence=[seen(f"the first lengths are {settings.get('first')}")],
            fix="pass enforce_sorted=False: samples and states keep their order; or sort samples and lengths together",
            edits=[_unsorted(case)],
        ))  # fmt: skip


def pad(case: Case) -> tuple[Finding, ...]:
    """What is wrong with a call of pad_packed_sequence."""
    fact = case.fact("sequence")
    if isinstance(fact, tuple):
        return best(inputs.not_a_tensor(case, "sequence", "pad_packed_sequence"))
    if isinstance(fact, TensorFact):
        found = case.make(
            "BF501", f"pad_packed_sequence reads a PackedSequence, and got a tensor {fact.shape}", at="sequence",
            evidence=[seen(f"sequence is {told(fact)}")],
            fix="this data is padded already: leave pad_packed_sequence out",
        )  # fmt: skip
        return best([Hypothesis(70, found)])
    return best(claimed(case, "sequence"))


def claimed(case: Case, name: str = "input") -> Iterator[Hypothesis]:
    """BF502: a PackedSequence with fewer rows than its lengths say, as lengths beyond the data leave behind."""
    rows, held = case.settings.get("claimed_rows"), case.settings.get("held_rows")
    if not isinstance(rows, int) or not isinstance(held, int) or rows == held:
        return
    found = case.make(
        "BF502", f"the lengths add up to {rows} steps, and the packed data holds {held}", at=name,
        evidence=[seen(f"{name} is {told(case.fact(name))}"),
                  seen("pack_padded_sequence takes lengths beyond the data without an error", "contract")],
        fix="count the lengths in steps of the tensor that is packed (after any pooling, striding or truncation)",
        label=f"{case.text(name)}: {rows} steps claimed, {held} held",
    )  # fmt: skip
    origin = case.origin(name)
    packed = origin.find("pack_padded_sequence") if origin is not None else None
    # The call that took these lengths is where the mistake was made, for certain.
    yield Hypothesis(
        85, found if packed is None or packed.location is None else replace(found, location=packed.location)
    )


def pad_sequence(case: Case) -> tuple[Finding, ...]:
    """BF106: sequences that have time last, where pad_sequence reads it first."""
    fact = case.fact("sequences")
    shapes = [part.shape for part in fact if isinstance(part, TensorFact)] if isinstance(fact, tuple) else []
    if len(shapes) < 2 or any(len(shape) != len(shapes[0]) for shape in shapes) or len(shapes[0]) < 2:
        return ()
    firsts, lasts = {shape[0] for shape in shapes}, {shape[-1] for shape in shapes}
    if len(firsts) > 1 or len(lasts) == 1:
        return ()
    found = case.make(
        "BF106", "pad_sequence reads time on the first axis, and these sequences differ on their last", at="sequences",
        evidence=[seen(f"their shapes are {', '.join(map(str, shapes[:4]))}"),
            seen("it reads (seq, features…)", "contract")],
        fix="put time first: pad_sequence([x.transpose(0, 1) for x in sequences], batch_first=True)",
    )  # fmt: skip
    return best([Hypothesis(75, found)])


def _flag(case: Case, name: str, default: bool = False) -> bool:
    fact = case.fact(name)
    return fact.text == "True" if isinstance(fact, OtherFact) else default


def _flagged(case: Case, value: bool) -> Edit | None:
    return _with(case, "batch_first", str(value))


def _unsorted(case: Case) -> Edit | None:
    return _with(case, "enforce_sorted", "False")


def _with(case: Case, name: str, value: str) -> Edit | None:
    whole = case.origin("result")
    return with_keyword(whole.location, whole.text, name, value) if whole is not None else None
