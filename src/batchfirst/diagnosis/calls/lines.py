"""An operation in the user's own line that failed on a tensor from a recurrent module: a view, an index, a product."""

from __future__ import annotations

from collections.abc import Iterator

from batchfirst.diagnosis.calls import inputs, losses
from batchfirst.diagnosis.calls.axes import axes_of, from_state, has_layers
from batchfirst.diagnosis.calls.case import RECURRENT, Case, Hypothesis, best, recurrent_above, seen, told
from batchfirst.diagnosis.calls.edits import base_text, replaced
from batchfirst.diagnosis.calls.indexing import index, too_few_axes
from batchfirst.diagnosis.calls.meeting import JOINS, PRODUCTS, meeting
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import Edit, Finding
from batchfirst.model.observation import Fact, PackedFact, TensorFact
from batchfirst.model.origin import Origin

RESHAPES = ("view", "reshape", "unflatten", "view_as", "expand", "expand_as")
SIZED = ("zeros", "ones", "randn", "rand", "empty", "full", "new_zeros", "new_ones", "new_empty", "normal")
_RETURNS = {
    "LSTM": "(output, (h_n, c_n))", "GRU": "(output, h_n)", "RNN": "(output, h_n)", "LSTMCell": "(h, c)",
    "GRUCell": "h, one tensor", "RNNCell": "h, one tensor",
}  # fmt: skip
_ELEMENTWISE = ("sub", "add", "mult", "div", "compare", "pow", "mul", "true_divide")


def line(case: Case) -> tuple[Finding, ...]:
    """What is wrong with an operation that failed in the user's own line."""
    return best(_line(case))


def _line(case: Case) -> Iterator[Hypothesis]:
    if case.kind == "unpack":
        yield from _unpack(case)
        return
    handed = _tuple_in_place(case)
    if handed is not None:
        yield from inputs.not_a_tensor(case, handed, _doer(case))
        return
    if case.kind in SIZED:
        yield from _sizes_from_data(case)
        return
    for name in dict.fromkeys(name.split("[")[0] for name, _ in case.call.tensors()):
        yield from inputs.dropped(case, name, 86)
    x = case.tensor("input") or case.tensor("arg0")
    name = "input" if case.tensor("input") is not None else "arg0"
    if case.kind == "index" and x is not None:
        yield from index(case, x)
    elif case.kind in ("repeat", "tile", "expand", "expand_as") and x is not None and has_layers(case.origin(name)):
        yield _whole_state(case, x, name)
    elif case.kind == "gather" and x is not None and "seq" in (axes_of(case.origin(name)) or ()):
        yield _gathered(case, x, name)
    elif case.kind in RESHAPES and x is not None:
        yield from _reshape(case, x, name)
    elif case.kind in JOINS or case.kind in PRODUCTS or case.kind in _ELEMENTWISE:
        yield from meeting(case)
        if case.kind in ("sub", "compare", "pow") and _is_loss(case):
            yield from losses.elementwise(case, "input", "other")
    elif x is not None and _is_rank_error(case):
        yield from too_few_axes(case, x, name)


def _doer(case: Case) -> str:
    if case.kind == "index":
        return "this index"
    if case.kind == "attribute":
        result = case.origin("result")
        return f".{result.detail[0]}" if result is not None and result.detail else "this attribute"
    return f"{case.kind}()"


def _tuple_in_place(case: Case) -> str | None:
    """The argument that is a tuple, or a PackedSequence, where a tensor is worked on.

    A list that has no such entry (IndexError) is one on purpose.
    """
    if case.kind == "index" and case.call.error is not None and case.call.error.type != "TypeError":
        return None
    for name, fact in case.call.args.items():
        if isinstance(fact, PackedFact):
            return name
        if not isinstance(fact, tuple) or not any(isinstance(p, (TensorFact, PackedFact, tuple)) for p in fact):
            continue
        if case.kind in JOINS and not any(isinstance(part, (tuple, PackedFact)) for part in fact):
            continue
        if name in ("input", "other") or case.kind not in ("index",):
            return name
    return None


def _unpack(case: Case) -> Iterator[Hypothesis]:
    """`out, (h, c) = gru(x)`, `out, h, c = lstm(x)`, `h, c = gru_cell(x)`, `b, t, f = x.shape`."""
    origin, result = case.origin("input"), case.origin("result")
    if origin is None or result is None:
        return
    wanted = result.detail[0] if result.detail else None
    source = origin if origin.op in RECURRENT else recurrent_above(origin) if origin.op == "part" else None
    fact = case.fact("input")
    if source is not None and (isinstance(fact, (TensorFact, tuple)) or fact is None):
        returned = _RETURNS[source.op]
        inner = origin.op == "part"
        what = f"what {source.op} returns" if not inner else f"the state that {source.op} returns"
        summary = f"{wanted} names {result.text} for {what}, which is {told(fact) if inner else returned}"
        fix = f"unpack it as {source.op} returns it: {returned}"
        if not source.op.startswith("LSTM"):
            fix += f"; {source.op} has no cell state"
        found = case.make(
            "BF204", summary, at="input",
            evidence=[seen(f"{source.op} returns {returned}", "contract"), seen(f"what is unpacked is {told(fact)}")],
            fix=fix, label=f"{result.text} = {told(fact)}",
        )  # fmt: skip
        yield Hypothesis(85, found)
        return
    if (
        origin.op in ("shape", "size")
        and origin.inputs
        and origin.inputs[0].shape is not None
        and isinstance(wanted, int)
    ):
        base = origin.inputs[0]
        shape = base.shape or ()
        yield from inputs.dropped(case, "input", 86)
        if len(shape) != wanted and case.near:
            more = "few" if len(shape) < wanted else "many"
            found = case.make(
                "BF104", f"{base.text} has {len(shape)} axes {shape}, too {more} for {result.text}", at="input",
                evidence=[seen(f"{base.text} is {shape}; {wanted} sizes are read from it")],
                fix="bring the data to (batch, seq, features) where it is made: unsqueeze(-1) for one feature",
                label=f"{base.text}: {shape}",
            )  # fmt: skip
            yield Hypothesis(70, found)


def _reshape(case: Case, x: TensorFact, name: str) -> Iterator[Hypothesis]:
    """A view with sizes that the elements don't fill, or of axes that were moved."""
    origin, result = case.origin(name), case.origin("result")
    source, axes = recurrent_above(origin), axes_of(origin)
    text = result.text if result is not None and result.text else case.kind
    shown = seen(f"{case.text(name)} is {x.shape}" + (f": ({', '.join(axes)})" if axes is not None else ""))
    moved = origin.find("transpose", "permute", "swapaxes", "t", "movedim") if origin is not None else None
    strides = x.ndim > 0 and _fills(result, x)
    if source is not None and from_state(origin):
        found = case.make(
            "BF301", f"{text} does not fit a final state {x.shape}", at=name,
            evidence=[shown, seen("a final state is (layers × directions, batch, hidden)", "contract")],
            fix="take layers and directions apart: bf.unstack_state(h_n, module); or read bf.final_hidden(h_n, module)",
        )  # fmt: skip
        yield Hypothesis(80, found)
        return
    if case.kind.startswith("expand"):
        return
    concerned = source is not None or case.near
    if not concerned:
        return
    if strides:
        more = (
            [seen(f"its axes were moved by {moved.text}{where(moved.location)}", "source")] if moved is not None else []
        )
        found = case.make(
            "BF401", f"{text} asks for a new grouping of axes that do not lie next to each other in memory", at=name,
            evidence=[shown, *more], fix="name the axes: transpose or permute first, then reshape (it copies)",
            edits=[_as_reshape(result)],
        )  # fmt: skip
        yield Hypothesis(70, found)
        return
    found = case.make(
        "BF401", f"{text} asks for other sizes than {case.text(name)} {x.shape} can fill", at=name, evidence=[shown],
        fix="exchange axes with transpose or permute; use view only to split or join neighbouring axes, with -1 "
        "for the size that varies",
    )  # fmt: skip
    yield Hypothesis(60, found)


def _whole_state(case: Case, x: TensorFact, name: str) -> Hypothesis:
    source = recurrent_above(case.origin(name))
    told = f"h_n of {source.op}{where(source.location)}" if source is not None else "a final state"
    found = case.make(
        "BF302", f"a final state {x.shape} with its layers axis is used where one layer's is meant", at=name,
        evidence=[seen(f"{told} is (layers × directions, batch, hidden)", "contract")],
        fix="read one layer first: h_n[-1] (batch, hidden); both directions: bf.final_hidden(h_n, module)",
    )  # fmt: skip
    return Hypothesis(80, found)


def _gathered(case: Case, x: TensorFact, name: str) -> Hypothesis:
    axes = axes_of(case.origin(name)) or ()
    found = case.make(
        "BF303", f"gather picks steps from {case.text(name)} {x.shape} with an index that does not fit it", at=name,
        evidence=[seen(f"{case.text(name)} is ({', '.join(axes)})"),
                  seen("the index of gather has as many axes as what it picks from", "contract")],
        fix="bf.last_step(output, module, lengths); or output[torch.arange(batch), lengths - 1] under batch_first=True",
    )  # fmt: skip
    return Hypothesis(70, found)


def _sizes_from_data(case: Case) -> Iterator[Hypothesis]:
    """A state whose sizes are tensors: an entry of the data was taken for its size."""
    for name, fact in case.call.args.items():
        for part, origin in _sized_parts(case, name, fact):
            if not isinstance(part, TensorFact):
                continue
            base = origin.inputs[0] if origin is not None and origin.inputs else None
            shown = f"{case.text(name)} is a tensor {part.shape}, and a whole number is read"
            more = []
            if origin is not None and origin.op in ("part", "[]") and base is not None and base.shape is not None:
                more.append(seen(f"{origin.text}{where(origin.location)} is one sample of {base.text} {base.shape}, "
                                 "not the number of samples", "source"))  # fmt: skip
            found = case.make(
                "BF203", f"a size of the state is read from the data: {case.text(name)} is a tensor {part.shape}",
                at=name,
                evidence=[seen(shown), *more],
                fix="read sizes from the shape: batch_size, seq_len = x.shape[0], x.shape[1]",
                notes=("no state at all is the same as zeros: leave it out where it need not be passed on",),
            )  # fmt: skip
            yield Hypothesis(80, found)
            return


def _sized_parts(case: Case, name: str, fact: Fact) -> Iterator[tuple[Fact, Origin | None]]:
    if name == "input":
        return
    origin = case.origin(name)
    if isinstance(fact, tuple):
        inner = origin.inputs if origin is not None and origin.op == "tuple" else (None,) * len(fact)
        yield from zip(fact, inner, strict=False)
    else:
        yield fact, origin


def _is_loss(case: Case) -> bool:
    """A difference of a value that a model made and one that comes from outside."""
    p, t = case.origin("input"), case.origin("other")
    return p is not None and t is not None and recurrent_above(p) is not None and recurrent_above(t) is None


def _is_rank_error(case: Case) -> bool:
    """Whether an axis was named that isn't there. torch says so by the type of its error."""
    error = case.call.error
    return (error is not None and error.type == "IndexError") or case.kind == "permute"


def _fills(result: Origin | None, x: TensorFact) -> bool:
    """Whether the sizes asked for have as many elements as the tensor: then the strides are what is wrong."""
    if result is None:
        return False
    numbers = [d for d in result.detail if isinstance(d, int) and not isinstance(d, bool)]
    if len(numbers) != len(result.detail) or not numbers or numbers.count(-1) > 1:
        return False
    total, asked = 1, 1
    for size in x.shape:
        total *= size
    for size in numbers:
        asked *= size if size != -1 else 1
    return asked != 0 and (total % asked == 0 if -1 in numbers else total == asked)


def _as_reshape(result: Origin | None) -> Edit | None:
    if result is None or result.op != "view" or not result.inputs:
        return None
    base = base_text(result.text)
    return (
        replaced(result, base + ".reshape" + result.text[len(base) + 5 :])
        if result.text.startswith(f"{base}.view(")
        else None
    )
