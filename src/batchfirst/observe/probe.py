"""The audit's measurements: a baseline, then one index changed at a time, and every tensor compared bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from batchfirst.contracts import operations
from batchfirst.model.layout import Role
from batchfirst.model.trace import ReadFact, Trace
from batchfirst.observe import align
from batchfirst.observe.assemble import ROLES, Masks, Measured, assemble
from batchfirst.observe.compare import compare, differs, shifted, squeezed
from batchfirst.observe.elements import Elements
from batchfirst.observe.fit import cuts, grown, one_sample, samples_left
from batchfirst.observe.inputs import DataInput, Layouts, assign_layouts, declare
from batchfirst.observe.limits import (
    limits,
    opaque,
    refuse_fake,
    refuse_no_tensors,
    refuse_unusable,
    unchangeable,
    usable_lengths,
)
from batchfirst.observe.padded import padding_taken_in
from batchfirst.observe.perturb import fill_fresh, find_padding, real_steps
from batchfirst.observe.run import Run
from batchfirst.observe.runner import Runner
from batchfirst.observe.verdicts import changed


@dataclass
class Probe:
    """One audit of `program(*args, **kwargs)`. Everything that the runs change is put back by `close`."""

    program: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    layout: Layouts = None
    lengths: Tensor | None = None
    causal: bool = False
    seed: int = 0
    remarks: list[str] = field(default_factory=list)
    data: list[DataInput] = field(default_factory=list)
    grown: bool = False  # whether a batch of one is measured as a batch of three
    single: Run | None = None  # a module's run on its first sample alone, where that is certain

    def __post_init__(self) -> None:
        refuse_fake(self.args, self.kwargs)
        self.runner = Runner(self.program, self.args, self.kwargs, self.seed)
        refuse_no_tensors(self.runner.original, self.args, self.layout)
        self._layouts = assign_layouts(self.runner.original, len(self.args), self.layout)
        refuse_unusable(self.runner.original, self._layouts, self.runner.roots)
        self.data = declare(self.runner.original, self._layouts)
        self.lengths = usable_lengths(self.lengths, self.data)
        self.remarks += [*limits(self.data, self.causal), *opaque(self.runner.roots)]

    def close(self) -> None:
        """Put everything back: modules, gradients, modes, random generators."""
        self.runner.close()

    # --- the measurement -----------------------------------------------------------------------------------------

    def measure(self) -> tuple[Trace, Run]:
        """Run the baseline and all probes. Where the program itself raises, the run's error is set, the trace short."""
        base, elements, reads = self._baseline()
        if base.error is not None:
            return assemble(base, elements, reads, self.data, Measured()), base
        kept = self._kept(base)
        self._prepare(base)
        dropped = self._grow(base)
        if self.runner.substitutes and dropped is not None:
            base, elements, reads = self._baseline(cut=False)
        unstable = self._unstable(base)
        measured = Measured()
        for role in ROLES:
            indices = self._indices(role)
            if indices:
                measured.probed[role] = indices
                measured.masks[role] = self._masks(base, role, indices, unstable)
        trace = assemble(base, elements, reads, self.data, measured, self.runner.roots)
        leaks: tuple[int, ...] = ()
        if "seq" in measured.probed:
            influence, leaks = self._influence(base, trace, measured.probed["seq"])
            trace = replace(trace, influence=MappingProxyType({"seq": influence}))
            trace = replace(trace, padded=padding_taken_in(base, trace, self.runner))
        return replace(
            trace, **kept, resettable=any(_has_reset(root) for root in self.runner.roots), squeezed=dropped or (),
            grown=self.grown, narrow=self._one(base), leaks=leaks, remarks=tuple(dict.fromkeys(self.remarks)),
        ), base  # fmt: skip

    def _baseline(self, cut: bool = True) -> tuple[Run, Elements, tuple[ReadFact, ...]]:
        """The run that all others are compared with; on a small slice of large inputs, if the program takes one."""
        plans = cuts(self.data, self.runner.original) if cut else []
        for plan in [*plans, None]:
            if plan is not None:
                self._substitute(plan)
            elif plans:
                self._substitute({})
            elements = Elements()
            recorder = self.runner.run(elements=elements, data={one.path: one for one in self.data})
            if recorder.run.error is None:
                if plan is not None:
                    shapes = ", ".join(str(tuple(one.tensor.shape)) for one in self.data)
                    self.remarks.append(f"large inputs were cut to {shapes}")
                break
        self.remarks += [recorder.run.fault] if recorder.run.fault else []
        return recorder.run, elements, elements.finish(recorder)

    def _substitute(self, inputs: dict[str, Tensor]) -> None:
        self.runner.substitutes = inputs
        self.data = declare(self.runner.found, self._layouts)

    def _grow(self, base: Run) -> tuple[tuple[int, int], ...] | None:
        """A batch of one tells nothing about samples: measure three, if the program takes them.

        Returns (operation, axis) for what drops the batch axis of the batch of one but not of three; None where the
        batch was not one.
        """
        ids = {one.path: _embedding_of(base, one.path) for one in self.data}
        inputs = grown(self.data, self.runner.original, ids, self.seed)
        if not inputs:
            return None
        other = self.runner.run(inputs).run
        if other.error is None and len(other.ops) == len(base.ops):
            self.grown = True
            self._substitute(inputs)
            self._prepare(base)
            self.remarks.append("the batch of one was measured as a batch of three, with fresh samples")
        else:
            self.remarks.append("a batch of one cannot show whether samples mix; the program takes no larger one")
        return squeezed(base, other)

    def _one(self, base: Run) -> tuple[tuple[int, int], ...]:
        """What a module does with its first sample alone: (operation, axis) of what drops the batch axis then."""
        if not isinstance(self.program, nn.Module) or self.size("batch") < 2:
            return ()
        single = self.runner.run(one_sample(self.data, self.runner.found)).run
        if not samples_left(self.data, self.runner.found):
            self.single = single
        keys = {op.key: op.index for op in base.ops}
        return tuple(
            (keys[single.ops[index].key], axis)
            for index, axis in squeezed(single, base)
            if single.ops[index].key in keys
        )

    def size(self, role: Role) -> int:
        return max((one.size(role) for one in self.data), default=0)

    def _indices(self, role: Role) -> tuple[int, ...]:
        size = self.size(role)
        return tuple(sorted({0, size // 2, size - 1})) if size > 1 else ()

    def _changes(self, role: Role, index: int) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        total = self.size(role)
        for one in self.data:
            mine = one.size(role)
            if mine < 2:
                continue
            # Inputs of another length are changed at the same part of the way: first, middle, last.
            place = index if mine == total else round(index * (mine - 1) / (total - 1))
            new = one.changed(role, place)
            if new is not None:
                found[one.path] = new
        return found

    def _masks(self, base: Run, role: Role, indices: tuple[int, ...], unstable: set[int]) -> Masks:
        masks: Masks = {}
        transform = align.Aligner(base, role)
        partial = False
        for index in indices:
            other = self.runner.run(self._changes(role, index), transform=transform).run
            partial |= other.error is not None or len(other.ops) != len(base.ops)
            unclear = unstable | shifted(base, other)
            for value, mask in compare(base, other):
                if value not in unclear:
                    masks.setdefault(value, {})[index] = mask
        if partial:
            self.remarks.append(
                f"the steps taken depend on the data: changing {role} changed which operations ran; "
                "compared as far as they agree"
            )
        return masks

    def _influence(
        self, base: Run, trace: Trace, indices: tuple[int, ...]
    ) -> tuple[Mapping[int, tuple[int, ...]], tuple[int, ...]]:
        """What a step changes with nothing restricted by contract: the results, and operations that look ahead."""
        found: dict[int, tuple[int, ...]] = {}
        early: set[int] = set()
        for index in indices:
            other = self.runner.run(self._changes("seq", index)).run
            hit = []
            for number, (mine, theirs) in enumerate(zip(base.results, other.results, strict=False)):
                mask = changed(base.values[mine].data, other.values[theirs].data)
                if mask is None or bool(mask.any()):
                    hit.append(number)
            found[index] = tuple(hit)
            if self.causal:
                early.update(value for value, mask in compare(base, other) if _looks_ahead(trace, value, mask, index))
        leaks = tuple(
            op.index for op in base.ops if early.intersection(op.outputs) and not early.intersection(op.inputs)
        )
        return MappingProxyType(found), leaks

    def _kept(self, base: Run) -> dict[str, Any]:
        """Recurrent calls that start from another state when the program runs again without being put back."""
        if not self.runner.state.changed():
            return {}
        again = self.runner.run(restore=False).run
        other = again.by_key()
        found = []
        for op in base.ops:
            twin = other.get(op.key)
            if twin is None or "input" not in op.roles or op.module is None or op.module.kind not in _RECURRENT:
                continue
            states = op.roles.count("h_0") + op.roles.count("c_0")
            if twin.roles != op.roles or (states and any(differs(base, again, op, twin, role) for role in _STATES)):
                found.append(op.index)
        return {"kept": tuple(found), "kept_by_module": True}

    def _counts(self) -> list[tuple[str, Any]]:
        """What may be lengths: the inputs' tensors, and lists of whole numbers among the inputs."""
        lists = [
            (f"list {place}", torch.tensor(part))
            for place, part in enumerate((*self.args, *self.kwargs.values()))
            if isinstance(part, (list, tuple)) and part and all(type(n) is int for n in part)
        ]
        return [*self.runner.found, *lists]

    def _unstable(self, base: Run) -> set[int]:
        """Values that differ between two equal runs: not reproducible, so they are no evidence."""
        again = self.runner.run().run
        found = {value for value, mask in compare(base, again) if bool(mask.any())}
        if any(base.values[value].producer is not None for value in found):  # torch.Tensor(2, 3), unfilled: no remark
            self.remarks.append("two equal runs differ: what is not reproducible was left out of the measurement")
        return found

    def _prepare(self, base: Run) -> None:
        """Find padding and choose fresh values, now that the embeddings that read the ids are known."""
        generator = torch.Generator().manual_seed(self.seed + 1)
        counting: set[str] = set()
        for one in self.data:
            ids, padding_idx = _embedding_of(base, one.path)
            if self.lengths is not None:
                find_padding(one, padding_idx, self.lengths)
            else:
                path, counts = next(self._counted(one), ("", None))
                counting.add(path)
                find_padding(one, padding_idx, counts, "an input of lengths")
            fill_fresh(one, ids, generator)
            self.remarks += unchangeable(one)
        # Lengths and masks are no data: another one would be other padding.
        self.data = [one for one in self.data if one.path not in counting]

    def _counted(self, data: DataInput) -> Iterator[tuple[str, Tensor]]:
        """What counts or marks the real steps of this input: its path, and the numbers."""
        features = {one.path for one in self.data if "features" in one.places}
        for path, tensor in self._counts():
            if isinstance(tensor, Tensor) and path != data.path and path not in features:
                counts = real_steps(tensor, data)
                if counts is not None:
                    yield path, counts


_RECURRENT = frozenset(operations.RECURRENT.values())
_STATES = ("h_0", "c_0")
_RESETS_OF_TORCH = ("reset_parameters", "reset_running_stats")  # of weights and of statistics: no state of a sequence


def _looks_ahead(trace: Trace, value: int, mask: Tensor, index: int) -> bool:
    """Whether a change at step `index` is seen at an earlier step of this tensor."""
    verdict = trace.values[value].seq
    places = dict(verdict.positions).get(index)
    if verdict.axis is None or not verdict.clean or verdict.also or not places:
        return False
    return bool(mask.narrow(verdict.axis, 0, min(places)).any())


def _has_reset(root: nn.Module) -> bool:
    """Whether a module lets its caller reset its state."""
    return any(
        name.startswith("reset") and callable(getattr(type(module), name, None))
        for module in root.modules()
        for name in dir(type(module))
        if name not in _RESETS_OF_TORCH
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
