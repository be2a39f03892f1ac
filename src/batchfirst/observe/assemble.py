"""From a recorded run and what its probes showed to a Trace: plain data, without tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from torch import Tensor

from batchfirst.model.layout import Role
from batchfirst.model.trace import ABSENT, OpFact, PaddingFact, ReadFact, Trace, ValueFact, Verdict
from batchfirst.observe.elements import Elements
from batchfirst.observe.inputs import DataInput
from batchfirst.observe.recorder import Run
from batchfirst.observe.verdicts import judge

ROLES: tuple[Role, ...] = ("batch", "seq", "features")
Masks = dict[int, dict[int, Tensor]]  # value of the baseline -> probed index -> changed elements


@dataclass
class Measured:
    """What was measured of one baseline, role by role."""

    masks: dict[Role, Masks] = field(default_factory=dict)
    probed: dict[str, tuple[int, ...]] = field(default_factory=dict)
    influence: dict[str, Mapping[int, tuple[int, ...]]] = field(default_factory=dict)


def assemble(
    base: Run, elements: Elements, reads: Sequence[ReadFact], data: Sequence[DataInput], measured: Measured
) -> Trace:
    """The trace of a baseline run. What was not measured is absent."""
    results = list(dict.fromkeys(base.results + base.losses)) or _ends(base)
    live = _live(base, results)
    sizes = {role: max((one.size(role) for one in data), default=0) for role in ROLES}
    verdicts: dict[Role, dict[int, Verdict]] = {
        role: {
            value: judge(found, sizes[role])
            for value, found in of_role.items()
            if set(found) == set(measured.probed[role])
        }
        for role, of_role in measured.masks.items()
    }
    values = tuple(
        ValueFact(
            value.shape, value.dtype, value.producer, value.name, value.kind,  # type: ignore[arg-type]
            *(verdicts.get(role, {}).get(number, ABSENT) for role in ROLES),
        )
        for number, value in enumerate(base.values)
    )  # fmt: skip
    facts = tuple(
        OpFact(
            op.index, op.name, op.location, op.path, op.module, tuple(op.inputs), tuple(op.roles), tuple(op.outputs),
            MappingProxyType(op.options | {"call": op.call, "inside": op.inside}), op.index in live,
        )
        for op in base.ops
    )  # fmt: skip
    by_name = {value.name: number for number, value in enumerate(base.values) if value.kind == "input"}
    padding = tuple(
        PaddingFact(by_name[one.path], one.lengths, one.padding_how)
        for one in data
        if one.lengths is not None and one.path in by_name
    )
    return Trace(
        values, facts, tuple(results), tuple(reads), tuple(elements.calls.values()), padding, sizes["batch"],
        sizes["seq"], MappingProxyType(dict(measured.probed)), MappingProxyType(dict(measured.influence)),
    )  # fmt: skip


def _ends(base: Run) -> list[int]:
    """Where nothing is returned: what nothing reads any more."""
    read = {value for op in base.ops for value in op.inputs}
    return [value for op in base.ops for value in op.outputs if value not in read]


def _live(base: Run, results: list[int]) -> set[int]:
    live: set[int] = set()
    queue = list(results)
    while queue:
        producer = base.values[queue.pop()].producer
        if producer is not None and producer not in live:
            live.add(producer)
            queue += base.ops[producer].inputs
    return live
