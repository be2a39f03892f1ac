"""Attention, alone and in the Transformer layers: the axes of what meets in it, BF408, and its masks, BF412."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from batchfirst.diagnosis.calls import inputs, masks
from batchfirst.diagnosis.calls.axes import has_layers
from batchfirst.diagnosis.calls.case import Case, Hypothesis, best, seen
from batchfirst.diagnosis.calls.edits import with_keyword
from batchfirst.diagnosis.calls.masks import Masks
from batchfirst.diagnosis.calls.tables import where
from batchfirst.model.finding import AxisRow, AxisTable, Finding
from batchfirst.model.observation import TensorFact


@dataclass(frozen=True, slots=True)
class _Arguments:
    """By which names a module takes what meets in one attention of its own."""

    query: str
    key: str
    value: str
    masks: Masks


_OWN = _Arguments("query", "key", "value", Masks("attn_mask", "key_padding_mask"))
_TAKEN: dict[str, tuple[_Arguments, ...]] = {
    "MultiheadAttention": (_OWN,),
    "multi_head_attention_forward": (_OWN,),
    "TransformerEncoderLayer": (_Arguments("src", "src", "src", Masks("src_mask", "src_key_padding_mask")),),
    "TransformerDecoderLayer": (
        _Arguments("tgt", "tgt", "tgt", Masks("tgt_mask", "tgt_key_padding_mask")),
        _Arguments("tgt", "memory", "memory", Masks("memory_mask", "memory_key_padding_mask")),
    ),
}
KINDS = tuple(_TAKEN)


def attention(case: Case) -> tuple[Finding, ...]:
    """BF408: query, key and value, or a mask, laid out for the other batch_first; BF412: a mask of another shape."""
    found: list[Hypothesis] = []
    for taken in _TAKEN[case.kind]:
        for name in (taken.query, taken.key, taken.value):
            if case.fact(name) is not None and case.tensor(name) is None:
                return best(inputs.not_a_tensor(case, name))
        query = case.tensor(taken.query)
        if query is not None:
            found += _attended(case, taken, query)
    return best(found)


def _attended(case: Case, taken: _Arguments, query: TensorFact) -> Iterator[Hypothesis]:
    key, value = case.tensor(taken.key) or query, case.tensor(taken.value) or query
    first = case.settings.get("batch_first") is True
    given = {taken.query: query, taken.key: key, taken.value: value}
    shapes = ", ".join(f"{name} {fact.shape}" for name, fact in given.items())
    order = "(batch, seq, embed)" if first else "(seq, batch, embed)"
    reads = seen(f"batch_first={first}: it reads {order}{where(case.call.module.built_at)}", "contract")
    yield from inputs.dropped(case, taken.query, 75)
    if query.ndim != key.ndim or query.ndim not in (2, 3):
        found = case.make(
            "BF104",
            f"{case.reader} reads 3 axes each, and got {query.ndim} for {taken.query} and {key.ndim} for {taken.key}",
            at=taken.query, evidence=[seen(shapes), reads], fix=f"bring both to {order}",
        )  # fmt: skip
        yield Hypothesis(70, found)
        return
    for name, setting, size in _embedded(case, taken):
        x = given[name]
        if size and x.shape[-1] != size:
            turned = [axis for axis in range(x.ndim - 1) if x.shape[axis] == size]
            found = case.make(
                "BF106" if turned else "BF105",
                f"{case.reader} has {setting}={size}, and the last axis of {name} has {x.shape[-1]}", at=name,
                evidence=[seen(shapes), reads], fix=f"bring it to {order} with {size} features",
            )  # fmt: skip
            yield Hypothesis(70, found)
            return
    if query.ndim != 3:
        return
    batch, seq = (0, 1) if first else (1, 0)
    mismatch = key.shape[batch] != query.shape[batch] or value.shape[batch] != query.shape[batch]
    other = key.shape[seq] == query.shape[seq]
    mask_told = _mask_of_other(case, taken.masks, query, key, batch, seq)
    if not mismatch:
        yield from masks.misshaped(case, taken.masks, query, key, first)
    if not (mismatch or mask_told):
        return
    evidence = [seen(shapes), reads]
    if mismatch and other:
        evidence.append(seen(f"axis {seq} has {query.shape[seq]} in both: it is the batch"))
    if mask_told:
        evidence.append(seen(mask_told))
    if has_layers(case.origin(taken.query)):
        evidence.append(seen(f"{taken.query} is a final state: (layers × directions, batch, hidden)", "contract"))
    built = case.call.module.built_at
    rows = {taken.query: query, taken.key: key}
    table = AxisTable(
        (*(AxisRow(name, tuple(map(str, x.shape))) for name, x in rows.items()),
         AxisRow(f"{case.kind} reads", tuple(order.strip("()").split(", ")), f"batch_first={first}")),
        (0, 1), "swapped" if other or mask_told else "",
    )  # fmt: skip
    fix = "build it with batch_first=True, or pass (seq, batch, embed)" if not first else (
        "pass (batch, seq, embed), or build it without batch_first=True")  # fmt: skip
    found = case.make(
        "BF408", f"{case.reader} reads axis {batch} as the batch, and its arguments differ there", at=taken.query,
        evidence=evidence, table=table, fix=fix,
        edits=[with_keyword(built, case.source(built), "batch_first",
            None if first else "True")] if other or mask_told else [],
    )  # fmt: skip
    yield Hypothesis(80, found)


def _embedded(case: Case, taken: _Arguments) -> Iterator[tuple[str, str, int]]:
    """Each argument, the setting that says how many features it has, and how many these are; 0 where not known."""
    setting = "embed_dim" if taken is _OWN else "d_model"
    embed = case.setting(setting)
    yield taken.query, setting, embed
    for name, own in ((taken.key, "kdim"), (taken.value, "vdim")):
        told = own if taken is _OWN and case.setting(own) not in (0, embed) else setting
        yield name, told, case.setting(told)


def _mask_of_other(case: Case, names: Masks, query: TensorFact, key: TensorFact, batch: int, seq: int) -> str:
    mask = case.tensor(names.padding)
    if mask is not None and mask.ndim == 2 and mask.shape != (key.shape[batch], key.shape[seq]):
        if mask.shape == (key.shape[seq], key.shape[batch]):
            return f"{names.padding} {mask.shape} is (batch, seq) if axis {seq} is the batch"
        return ""
    mask = case.tensor(names.pairs)
    if mask is not None and mask.ndim >= 2 and mask.shape[-2:] != (query.shape[seq], key.shape[seq]):
        if mask.shape[-2:] == (query.shape[batch], key.shape[batch]):
            return f"{names.pairs} {mask.shape} is (seq, seq) if axis {batch} is the time"
        return ""
    return ""
