"""From a recorded run and what its probes showed to a Trace: plain data, without tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from linecache import getline
from types import MappingProxyType

from torch import Tensor, nn

from batchfirst.model.finding import Location
from batchfirst.model.layout import Role
from batchfirst.model.trace import ABSENT, OpFact, PaddingFact, ReadFact, Trace, ValueFact, Verdict
from batchfirst.observe.constructors import constructor_of, entry_of
from batchfirst.observe.elements import Elements
from batchfirst.observe.inputs import DataInput
from batchfirst.observe.placed import by_place
from batchfirst.observe.run import Op, Run
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
    base: Run, elements: Elements, reads: Sequence[ReadFact], data: Sequence[DataInput], measured: Measured,
    roots: Sequence[nn.Module] = (),
) -> Trace:  # fmt: skip
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
    probed, seen = set(measured.probed.get("batch", ())), measured.masks.get("batch", {})
    blind = tuple(number for number in range(len(values)) if set(seen.get(number, ())) != probed)
    built = {op.path: _built(roots, op.path, op.location) for op in base.ops if op.roles or op.contained}
    loops = _loops(base)
    facts = tuple(
        _fact(op, op.index in live, *built.get(op.path if op.roles or op.contained else "", (None, "")),
              loops.get(op.index))
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
        cuts=tuple(elements.cuts), blind=blind,
        unpaired=_unpaired(base, elements, verdicts.get("batch", {})) if padding else (),
        placed=by_place(base, verdicts.get("batch", {}), verdicts.get("seq", {})),
    )  # fmt: skip


def _unpaired(base: Run, elements: Elements, batch: Mapping[int, Verdict]) -> tuple[tuple[int, int, int], ...]:
    """(operation, sample, other sample): where a sample meets the length of another one."""
    found = []
    for op, value, samples in elements.pairs:
        verdict = batch.get(value)
        if verdict is None or verdict.kind != "carried" or verdict.axis is None or not verdict.lies_on(verdict.axis):
            continue
        axis = verdict.axis - len(base.values[value].shape) + samples.ndim
        if axis < 0 or samples.shape[axis] < 2:
            continue
        along = samples.movedim(axis, 0).flatten(1)
        if bool((along != along[:, :1]).any()):
            continue
        met = {index: int(along[places[0], 0]) for index, places in verdict.positions}
        found += [(op, index, other) for index, other in met.items() if other != index][:1]
    return tuple(found)


def _loops(base: Run) -> dict[int, Location]:
    """For each module called several times from one place: the line of the nearest frame that these calls share."""
    places: dict[tuple[object, ...], list[Op]] = {}
    for op in base.ops:
        if op.frames:
            places.setdefault(op.key[:-1], []).append(op)
    found = {}
    for ops in places.values():
        around = [{id(frame): place for frame, place in op.frames} for op in ops]  # kept alive by the operations
        shared = next((id(f) for f, _ in ops[0].frames if all(id(f) in frames for frames in around)), None)
        if len(ops) > 1 and shared is not None and shared != id(ops[0].frames[0][0]):
            found.update({op.index: frames[shared] for op, frames in zip(ops, around, strict=True)})
    for op in base.ops:
        op.frames = ()
    return found


def _fact(op: Op, live: bool, built_at: Location | None, built: str, loop: Location | None) -> OpFact:
    module = op.module if op.module is None or built_at is None else replace(op.module, built_at=built_at)
    options = MappingProxyType(op.options | {"call": op.call, "inside": op.inside})
    return OpFact(
        op.index, op.name, op.location, op.path, module, tuple(op.inputs), tuple(op.roles), tuple(op.outputs), options,
        live, _text_at(op.location), built, op.contained, loop,
    )  # fmt: skip


def _text_at(location: Location | None) -> str:
    """The expression at a location; "" where it spans lines or the source is not at hand."""
    if location is None or location.column is None or location.end_column is None:
        return ""
    return getline(location.file, location.line)[location.column : location.end_column]


def _built(roots: Sequence[nn.Module], path: str, called: Location | None) -> tuple[Location | None, str]:
    """Where and with what call the module at `path` was constructed, read from its owner's source.

    called: a place in the user's file, where an nn.Sequential that no class holds is looked for by its entries.
    """
    for root in roots:
        module = dict(root.named_modules()).get(path)
        if module is None or module is root:
            continue
        try:
            _, location, text = constructor_of(module, [("", root, None)])
        except (KeyError, AttributeError, IndexError):  # built in a way that its source does not show
            location, text = None, ""
        if location is None and type(root) is nn.Sequential and path.isdigit() and called is not None:
            location, text = entry_of(root, int(path), called.file) or (None, "")
        return location, text
    return None, ""


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
