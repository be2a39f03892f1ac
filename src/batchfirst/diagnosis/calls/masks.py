"""The masks of attention: BF412 where one has another shape than it is read in, and the shape tells what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from batchfirst.contracts.layers import mask_shapes
from batchfirst.diagnosis.calls.case import Case, Hypothesis, seen
from batchfirst.diagnosis.calls.edits import replaced
from batchfirst.model.finding import Edit
from batchfirst.model.observation import TensorFact


@dataclass(frozen=True, slots=True)
class Masks:
    """The names of an attention's two masks: for pairs of steps, and for the padding of the samples."""

    pairs: str
    padding: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What a mask is by its shape, and what to do about it."""

    what: str
    fix: str
    edit: Edit | None = None
    weight: int = 75


def misshaped(case: Case, names: Masks, query: TensorFact, key: TensorFact, batch_first: bool) -> Iterator[Hypothesis]:
    """BF412 for each mask of 3-axis attention that torch refuses, where its shape says what it is.

    A padding mask that is transposed is the weaker explanation: BF408 reads it as right, and the data as exchanged.
    """
    heads = case.setting("num_heads")
    wanted = mask_shapes(query.shape, key.shape, heads, batch_first)
    batch, seq = (0, 1) if batch_first else (1, 0)
    samples, steps, sources = query.shape[batch], query.shape[seq], key.shape[seq]
    both = ((names.pairs, "attn_mask", _of_pairs), (names.padding, "key_padding_mask", _of_padding))
    for name, argument, told_by in both:
        mask = case.tensor(name)
        if mask is None or mask.shape in wanted[argument]:
            continue
        told = told_by(case, names, mask.shape, samples, steps, sources, heads)
        if told is None:
            continue
        accepted = " or ".join(map(str, wanted[argument]))
        reads = {"attn_mask": "(query steps, key steps), or one such for each sample and head",
                 "key_padding_mask": "(batch, key steps) under either batch_first"}[argument]  # fmt: skip
        sizes = f"{samples} samples, {steps} query steps, {sources} key steps"
        found = case.make(
            "BF412", f"{name} is {told.what}; {case.kind} reads {accepted}", at=name,
            evidence=[seen(f"{name} is {mask.shape}; the call has {sizes}"), seen(f"{name} is {reads}", "contract")],
            fix=told.fix, edits=[told.edit],
        )  # fmt: skip
        yield Hypothesis(told.weight, found)


def _of_pairs(
    case: Case, names: Masks, shape: tuple[int, ...], samples: int, steps: int, sources: int, heads: int
) -> _Told | None:
    given = names.pairs
    if shape == (samples, sources):
        return _Told(f"a padding mask {shape}, with a row for each sample", _passed_as(case, names.padding),
                     _renamed(case, given, names.padding))  # fmt: skip
    if shape == (sources, samples):
        return _Told(f"a transposed padding mask {shape}", _passed_as(case, names.padding) + ", as (batch, seq)")
    if shape == (sources, steps):
        return _Told(f"transposed {shape}", "transpose it", case.append(given, ".transpose(0, 1)"))
    if shape == (samples, steps, sources):
        suffix = f".repeat_interleave({heads}, dim=0)" if heads else ".repeat_interleave(num_heads, dim=0)"
        return _Told(f"one mask for each sample {shape}, not for each sample and head", f"repeat it: {suffix}",
                     case.append(given, suffix) if heads else None)  # fmt: skip
    if heads and shape == (samples, heads, steps, sources):
        return _Told(f"a mask with an axis of heads of its own {shape}", "make the first two axes one: .flatten(0, 1)",
                     case.append(given, ".flatten(0, 1)"))  # fmt: skip
    if len(shape) == 2 and shape[0] == shape[1] and steps == sources and shape[0] > steps:
        return _Told(f"made for {shape[0]} steps {shape}", "cut it to the steps at hand: mask[:seq, :seq]")
    return None


def _of_padding(
    case: Case, names: Masks, shape: tuple[int, ...], samples: int, steps: int, sources: int, heads: int
) -> _Told | None:
    given = names.padding
    if shape == (sources, samples):
        return _Told(f"transposed {shape}", "transpose it: it is (batch, seq) under either batch_first",
                     case.append(given, ".transpose(0, 1)"), weight=60)  # fmt: skip
    if shape == (steps, sources):
        return _Told(f"a mask of pairs of steps {shape}, not of the samples' padding", _passed_as(case, names.pairs),
                     _renamed(case, given, names.pairs))  # fmt: skip
    if shape == (samples, steps):
        return _Told(f"the padding of the query's steps {shape}", "pass the mask of the key's padding")
    if len(shape) > 2 and prod(shape) == samples * sources and (shape[0], shape[-1]) == (samples, sources):
        return _Told(f"a padding mask with axes for broadcasting {shape}", "take the axes of size 1 out: .flatten(1)",
                     case.append(given, ".flatten(1)"))  # fmt: skip
    return None


def _passed_as(case: Case, name: str) -> str:
    layer = case.call.module.path.rpartition(".")[2] in ("self_attn", "multihead_attn")
    own = name.replace("attn_", "…_") if name == "attn_mask" else f"…_{name}"
    return f"pass it as {name}" + (f", which the Transformer layer around it calls {own}" if layer else "")


def _renamed(case: Case, old: str, new: str) -> Edit | None:
    """The call with a mask given by its other name: where it is given by keyword, and the other one is not given."""
    whole = case.origin("result")
    if whole is None or case.fact(new) is not None or len(re.findall(rf"\b{old}\s*=", whole.text)) != 1:
        return None
    return replaced(whole, re.sub(rf"\b{old}(\s*=)", rf"{new}\1", whole.text))
