"""The audit's measurements: a baseline, then one index changed at a time, and every tensor compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from batchfirst.contracts import operations
from batchfirst.model.layout import Role
from batchfirst.model.trace import ABSENT, OpFact, PaddingFact, Trace, ValueFact, Verdict
from batchfirst.observe import align
from batchfirst.observe.elements import Elements
from batchfirst.observe.inputs import DataInput, Layouts, assign_layouts, declare, find_tensors, replace_tensors
from batchfirst.observe.perturb import fill_fresh, find_padding, looks_like_lengths
from batchfirst.observe.recorder import Recorder, Run, Transform, record
from batchfirst.observe.state import Modes, ModuleState, RandomState, modules_near
from batchfirst.observe.verdicts import changed, judge

ROLES: tuple[Role, ...] = ("batch", "seq", "features")
Masks = dict[int, dict[int, Tensor]]  # value of the baseline -> probed index -> changed elements


@dataclass
class Probe:
    """One audit's runs of `program(*args, **kwargs)`. Everything a run changes is put back by `close`."""

    program: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    layout: Layouts = None
    lengths: Tensor | None = None
    seed: int = 0
    remarks: list[str] = field(default_factory=list)
    data: list[DataInput] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found = find_tensors(self.args, self.kwargs)
        self._layouts = assign_layouts(self.found, len(self.args), self.layout)
        self.data = declare(self.found, self._layouts)
        self._grown: dict[str, Tensor] = {}
        self._random, self._modes = RandomState(), Modes()
        self._roots: list[nn.Module] = []
        self._states: list[ModuleState] = []
        self._known: set[int] = set()
        for module in modules_near(self.program):
            self._discover(module)

    # --- runs ----------------------------------------------------------------------------------------------------

    def run(
        self,
        changes: Mapping[str, Tensor] | None = None,
        transform: Transform | None = None,
        restore: bool = True,
        elements: Elements | None = None,
    ) -> Recorder:
        """One run on copies of the inputs, from the same state and random numbers, with `changes` by path."""
        if restore:
            for state in self._states:
                state.restore()
        self._modes.restore()
        RandomState.seed(self.seed)
        recorder = Recorder(transform, elements, self._discover)
        for root in self._roots:
            recorder.name_modules(root)

        declared = {data.path: data for data in self.data}

        def copy(path: str, tensor: Any) -> Any:
            new = (changes or {}).get(path, self._grown.get(path))
            if isinstance(tensor, PackedSequence):
                data = tensor.data.clone() if new is None else new
                recorder.add_input(data, path)
                return PackedSequence(data, tensor.batch_sizes, tensor.sorted_indices, tensor.unsorted_indices)
            made = (tensor.detach() if new is None else new).clone().requires_grad_(tensor.requires_grad)
            value = recorder.add_input(made, path)
            if elements is not None and path in declared:
                elements.add_input(recorder, value, declared[path])
            return made

        copies: dict[int, Any] = {}

        def copy_once(path: str, tensor: Any) -> Any:
            if id(tensor) not in copies:
                copies[id(tensor)] = copy(path, tensor)
            return copies[id(tensor)]

        args = tuple(replace_tensors(part, str(number), copy_once) for number, part in enumerate(self.args))
        kwargs = {name: replace_tensors(part, name, copy_once) for name, part in self.kwargs.items()}
        record(self.program, args, kwargs, recorder)
        return recorder

    def _discover(self, module: nn.Module) -> None:
        if id(module) in self._known:
            return
        self._known.update(id(child) for child in module.modules())
        self._roots.append(module)
        self._states.append(ModuleState(module))

    def close(self) -> None:
        """Put everything back: modules, gradients, modes, random generators."""
        for state in self._states:
            state.restore()
        self._modes.restore()
        self._random.restore()

    # --- the measurement -----------------------------------------------------------------------------------------

    def measure(self) -> tuple[Trace, Run]:
        """Run the baseline and all probes. Where the program itself raises, the run's error is set and the trace short."""
        elements = Elements()
        first = self.run(elements=elements)
        base = first.run
        reads = elements.finish(first)
        if base.error is not None:
            return self._trace(base, elements, reads, {}, {}, {}), base
        kept = self._kept(base)
        self._prepare(base)
        squeezed = self._grow(base)
        if self._grown:
            elements = Elements()
            first = self.run(elements=elements)
            base, reads = first.run, elements.finish(first)
        unstable = self._unstable(base)
        masks: dict[Role, Masks] = {}
        probed: dict[str, tuple[int, ...]] = {}
        for role in ROLES:
            indices = self._indices(role)
            if indices:
                probed[role] = indices
                masks[role] = self._masks(base, role, indices, unstable)
        influence = {role: self._influence(base, role, probed[role]) for role in ("seq",) if role in probed}
        trace = self._trace(base, elements, reads, masks, probed, influence)
        resettable = any(_has_reset(root) for root in self._roots)
        return replace(trace, **kept, resettable=resettable, squeezed=squeezed), base

    def _grow(self, base: Run) -> tuple[tuple[int, int], ...]:
        """A batch of one tells nothing about samples: measure three, if the program takes them.

        Returns (operation, axis) for what drops the batch axis of the batch of one, but not of three.
        """
        batched = [data for data in self.data if "batch" in data.places]
        if not batched or self.size("batch") != 1 or any(data.fresh is None for data in batched):
            return ()
        grown: dict[str, Tensor] = {}
        generator = torch.Generator().manual_seed(self.seed + 2)
        for data in batched:
            axis = data.places["batch"][0]
            first = data.fresh
            fill_fresh(data, _embedding_of(base, data.path)[0], generator)
            assert first is not None and data.fresh is not None
            grown[data.path] = torch.cat([data.tensor.detach(), first, data.fresh], dim=axis)
        other = self.run(grown).run
        squeezed = _squeezed(base, other)
        if other.error is None and len(other.ops) == len(base.ops):
            self._grown = grown
            self.found = [(path, grown.get(path, tensor)) for path, tensor in self.found]
            self.data = declare(self.found, self._layouts)
            self._prepare(base)
            self.remarks.append("the batch of one was measured as a batch of three, with fresh samples")
        else:
            self.remarks.append("a batch of one cannot show whether samples mix; the program takes no larger one")
        return squeezed

    def size(self, role: Role) -> int:
        return max((data.size(role) for data in self.data), default=0)

    def _indices(self, role: Role) -> tuple[int, ...]:
        size = self.size(role)
        return tuple(sorted({0, size // 2, size - 1})) if size > 1 else ()

    def _changes(self, role: Role, index: int) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        total = self.size(role)
        for data in self.data:
            mine = data.size(role)
            if mine < 2:
                continue
            # Inputs of another length are changed at the same part of the way: first, middle, last.
            place = index if mine == total else round(index * (mine - 1) / (total - 1))
            new = data.changed(role, place)
            if new is not None:
                found[data.path] = new
        return found

    def _masks(self, base: Run, role: Role, indices: tuple[int, ...], unstable: set[int]) -> Masks:
        masks: Masks = {}
        transform = align.Aligner(base, role)
        partial = False
        for index in indices:
            other = self.run(self._changes(role, index), transform=transform).run
            partial |= other.error is not None or len(other.ops) != len(base.ops)
            shifted = _shifted(base, other)
            for value, mask in _compare(base, other):
                if value not in unstable and value not in shifted:
                    masks.setdefault(value, {})[index] = mask
        if partial:
            self.remarks.append(
                f"the steps taken depend on the data: changing {role} changed which operations ran; "
                "compared as far as they agree"
            )
        return masks

    def _influence(self, base: Run, role: Role, indices: tuple[int, ...]) -> Mapping[int, tuple[int, ...]]:
        """For each index, the results that change at all, with nothing restricted by contract."""
        found: dict[int, tuple[int, ...]] = {}
        for index in indices:
            other = self.run(self._changes(role, index)).run
            hit = []
            for number, (mine, theirs) in enumerate(zip(base.results, other.results, strict=False)):
                mask = changed(base.values[mine].data, other.values[theirs].data)
                if mask is None or bool(mask.any()):
                    hit.append(number)
            found[index] = tuple(hit)
        return MappingProxyType(found)

    def _kept(self, base: Run) -> dict[str, Any]:
        """Recurrent calls that start from another state when the program runs again without being put back."""
        if not any(state.changed() for state in self._states):
            return {}
        again = self.run(restore=False).run
        other = again.by_key()
        found = []
        for op in base.ops:
            twin = other.get(op.key)
            if twin is None or "input" not in op.roles or op.module is None or op.module.kind not in _RECURRENT:
                continue
            states = op.roles.count("h_0") + op.roles.count("c_0")
            if twin.roles != op.roles or (states and any(_differs(base, again, op, twin, role) for role in _STATES)):
                found.append(op.index)
        return {"kept": tuple(found), "kept_by_module": True}

    def _unstable(self, base: Run) -> set[int]:
        """Values that differ between two equal runs: not reproducible, so they are no evidence."""
        again = self.run().run
        found = {value for value, mask in _compare(base, again) if bool(mask.any())}
        if found:
            self.remarks.append("two equal runs differ: what is not reproducible was left out of the measurement")
        return found

    def _prepare(self, base: Run) -> None:
        """Find padding and choose fresh values, now that the embeddings that read the ids are known."""
        generator = torch.Generator().manual_seed(self.seed + 1)
        for data in self.data:
            ids, padding_idx = _embedding_of(base, data.path)
            if self.lengths is not None:
                find_padding(data, padding_idx, self.lengths)
            else:
                counts = next((t for path, t in self.found if _undeclared(path, t, self.data, data)), None)
                find_padding(data, padding_idx, counts, "an input of lengths")
            fill_fresh(data, ids, generator)

    # --- the trace -----------------------------------------------------------------------------------------------

    def _trace(
        self, base: Run, elements: Elements, reads: Any, masks: Mapping[Role, Masks],
        probed: Mapping[str, tuple[int, ...]], influence: Mapping[str, Mapping[int, tuple[int, ...]]],
    ) -> Trace:  # fmt: skip
        results = list(dict.fromkeys(base.results + base.losses)) or _ends(base)
        live = _live(base, results)
        verdicts: dict[Role, dict[int, Verdict]] = {
            role: {
                value: judge(found, self.size(role))
                for value, found in of_role.items()
                if set(found) == set(probed[role])
            }
            for role, of_role in masks.items()
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
                op.index, op.name, op.location, op.path, op.module, tuple(op.inputs), tuple(op.roles),
                tuple(op.outputs), MappingProxyType(op.options | {"call": op.call, "inside": op.inside}), op.index in live,
            )
            for op in base.ops
        )  # fmt: skip
        by_name = {value.name: number for number, value in enumerate(base.values) if value.kind == "input"}
        padding = tuple(
            PaddingFact(by_name[data.path], data.lengths, data.padding_how)
            for data in self.data
            if data.lengths is not None and data.path in by_name
        )
        return Trace(
            values, facts, tuple(results), tuple(reads), tuple(elements.calls.values()), padding, self.size("batch"),
            self.size("seq"), MappingProxyType(dict(probed)), MappingProxyType(dict(influence)), tuple(self.remarks),
        )  # fmt: skip


_RECURRENT = frozenset(operations.RECURRENT.values())
_STATES = ("h_0", "c_0")


def _compare(base: Run, other: Run) -> list[tuple[int, Tensor]]:
    """(value of the baseline, changed elements) for every tensor that both runs have."""
    found: dict[int, Tensor] = {}
    inputs = {value.name: value for value in other.values if value.kind == "input"}
    for number, value in enumerate(base.values):
        if value.kind == "input" and value.name in inputs:
            mask = changed(value.data, inputs[value.name].data)
            if mask is not None:
                found[number] = mask
    twins = other.by_key()
    for op in base.ops:
        twin = twins.get(op.key)
        if twin is None:
            continue
        for mine, theirs in (*_zip(op.inputs, twin.inputs), *_zip(op.outputs, twin.outputs)):
            if mine not in found:
                mask = changed(base.values[mine].data, other.values[theirs].data)
                if mask is not None:
                    found[mine] = mask
    return list(found.items())


def _shifted(base: Run, other: Run) -> set[int]:
    """Values behind random draws that came after the runs parted: other numbers were drawn, whatever the data."""
    parted = next(
        (n for n, (mine, theirs) in enumerate(zip(base.ops, other.ops, strict=False)) if mine.key != theirs.key),
        min(len(base.ops), len(other.ops)),
    )
    found: set[int] = set()
    for op in base.ops[parted:]:
        if op.name in operations.RANDOM or any(value in found for value in op.inputs):
            found.update(op.outputs)
    return found


def _zip(mine: list[int], theirs: list[int]) -> Any:
    return zip(mine, theirs, strict=False) if len(mine) == len(theirs) else ()


def _differs(base: Run, again: Run, op: Any, twin: Any, role: str) -> bool:
    if role not in op.roles:
        return False
    place = op.roles.index(role)
    mask = changed(base.values[op.inputs[place]].data, again.values[twin.inputs[place]].data)
    return mask is None or bool(mask.any())


def _squeezed(base: Run, other: Run) -> tuple[tuple[int, int], ...]:
    """(operation, axis): with one sample the axis of size 1 disappears, with three it is there."""
    twins = other.by_key()
    found = []
    for op in base.ops:
        twin = twins.get(op.key)
        if op.name != "squeeze" or twin is None or not op.outputs or not twin.outputs:
            continue
        given, wide = base.values[op.inputs[0]].shape, other.values[twin.inputs[0]].shape
        axis = next((n for n, (a, b) in enumerate(zip(given, wide, strict=False)) if a == 1 and b == 3), None)
        kept = len(base.values[op.outputs[0]].shape), len(other.values[twin.outputs[0]].shape)
        if axis is not None and kept[0] < kept[1]:
            found.append((op.index, axis))
    return tuple(found)


def _has_reset(root: nn.Module) -> bool:
    """Whether a module lets its caller reset its state."""
    names = ("reset", "init_hidden", "init_state", "initHidden", "zero_state")
    return any(
        name.startswith(names) and callable(getattr(type(module), name, None))
        for module in root.modules()
        for name in dir(type(module))
        if not name.startswith("reset_parameters")
    )


def _embedding_of(base: Run, path: str) -> tuple[int | None, int | None]:
    """Rows and padding_idx of the embedding that reads the input at `path`, if one does."""
    reached = {number for number, value in enumerate(base.values) if value.kind == "input" and value.name == path}
    rows, padding_idx = None, None
    for op in base.ops:
        if not op.inputs or op.inputs[0] not in reached:
            continue
        if op.name in ("embedding", "embedding_bag"):
            # torch.nn.functional.embedding_bag may be given (weight, ids); rows are those of the 2-D one.
            table = next((base.values[v].shape for v in op.inputs[1:] if len(base.values[v].shape) == 2), None)
            rows = table[0] if table and (rows is None or table[0] < rows) else rows
            given = op.options.get("padding_idx")
            padding_idx = given if isinstance(given, int) and given >= 0 else padding_idx
        elif op.name in operations.MOVES or op.name in operations.ELEMENTWISE:
            reached.update(op.outputs)
    return rows, padding_idx


def _undeclared(path: str, tensor: Any, declared: list[DataInput], data: DataInput) -> bool:
    return isinstance(tensor, Tensor) and all(path != d.path for d in declared) and looks_like_lengths(tensor, data)


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
