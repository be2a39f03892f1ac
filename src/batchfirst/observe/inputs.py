"""The inputs of an audit: which tensors they hold, what their axes are declared to be, and how one index is changed."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from batchfirst.model.errors import UsageError
from batchfirst.model.layout import Layout, LayoutMismatch, Role
from batchfirst.observe.containers import children, rebuilt

Layouts = str | Layout | Sequence["str | Layout | None"] | Mapping[str, "str | Layout | None"] | None


@dataclasses.dataclass(slots=True)
class DataInput:
    """One declared tensor among the inputs.

    places: for each role, the index of that role at each position of the axis that carries it, and that axis;
    padded: True where the tensor holds trailing padding, which is never changed; samples: how many there are where the
    tensor is one of them, in a list of samples.
    """

    path: str
    tensor: Tensor
    layout: Layout
    places: dict[Role, tuple[int, Tensor]]
    padded: Tensor | None = None
    lengths: tuple[int, ...] | None = None
    padding_how: str = ""
    fresh: Tensor | None = None
    samples: int | None = None

    def size(self, role: Role) -> int:
        if role == "batch" and self.samples is not None:
            return self.samples
        return int(self.places[role][1].max()) + 1 if role in self.places else 0

    def where(self, role: Role, index: int) -> Tensor | None:
        """True at the elements that belong to `index` of `role`, broadcastable to the tensor; None if it has none."""
        if role not in self.places:
            return None
        axis, numbers = self.places[role]
        shape = [1] * self.tensor.ndim
        shape[axis] = len(numbers)
        return (numbers == index).reshape(shape)

    def changed(self, role: Role, index: int) -> Tensor | None:
        """The tensor with everything at `index` of `role` replaced by other values of the same range."""
        where = self.where(role, index)
        if where is None or self.fresh is None:
            return None
        where = where.to(self.tensor.device)
        if self.padded is not None:
            where = where & ~self.padded
        return torch.where(where, self.fresh, self.tensor.detach())


def find_tensors(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """(path, tensor or PackedSequence) of everything in the inputs; a path is position or keyword, then keys."""
    found: list[tuple[str, Any]] = []
    for number, part in enumerate(args):
        _walk(part, str(number), found)
    for name, part in kwargs.items():
        _walk(part, name, found)
    return found


def _walk(tree: Any, path: str, found: list[tuple[str, Any]], depth: int = 8) -> None:
    if isinstance(tree, (Tensor, PackedSequence)):
        found.append((path, tree))
    elif depth:
        for key, part in children(tree):
            _walk(part, f"{path}/{key}", found, depth - 1)


def replace_tensors(tree: Any, path: str, new: Callable[[str, Any], Any], depth: int = 8) -> Any:
    """The same structure with every tensor and PackedSequence replaced by `new(path, it)`; nothing is written."""
    if isinstance(tree, (Tensor, PackedSequence)):
        return new(path, tree)
    found = children(tree) if depth else []
    if not found:
        return tree
    parts = {key: replace_tensors(part, f"{path}/{key}", new, depth - 1) for key, part in found}
    if all(parts[key] is part for key, part in found):
        return tree
    return rebuilt(tree, parts)


def assign_layouts(found: list[tuple[str, Any]], args: int, layout: Layouts) -> dict[str, Layout]:
    """Layout by path for the tensors that are data. Raises UsageError where a layout fits no input."""
    if layout is None:
        return {}
    if isinstance(layout, (str, Layout)):
        return _assign_one(found, _parse(layout))
    if isinstance(layout, Mapping):
        return _assign_paths(found, layout)
    if not isinstance(layout, Sequence):
        raise UsageError("layout", layout, "a string, a sequence with one entry per input, or a mapping from paths")
    given = list(layout)
    keywords = list(dict.fromkeys(path.split("/")[0] for path, _ in found if not path.split("/")[0].isdigit()))
    tops = [str(n) for n in range(args)] + keywords
    if len(given) > len(tops):
        raise UsageError("layout", layout, f"at most one entry per input: there are {len(tops)}")
    chosen: dict[str, Layout] = {}
    for top, one in zip(tops, given, strict=False):
        if one is not None:
            below = [(path, tensor) for path, tensor in found if path.split("/")[0] == top]
            if not below:
                raise UsageError("layout", one, f"None for input {top}, which holds no tensor")
            chosen |= _assign_one(below, _parse(one))
    return chosen


def _parse(text: str | Layout) -> Layout:
    return text if isinstance(text, Layout) else Layout.parse(text)


def _assign_one(found: list[tuple[str, Any]], layout: Layout) -> dict[str, Layout]:
    """One layout for an input: its first tensor, and every other one below the same input that has as many axes.

    Of a list of samples, each without the batch axis and of its own length, all are meant.
    """
    if not found:
        raise UsageError("layout", layout.text, "no layout: the inputs hold no tensor")
    top = found[0][0].split("/")[0]
    mine = [(path, tensor) for path, tensor in found if path.split("/")[0] == top]
    chosen = {path: layout for path, tensor in mine if layout.rank in (None, rank_of(tensor))}
    if not chosen and _samples(mine, layout):
        chosen = {path: layout for path, _ in mine}
    if not chosen:
        path, tensor = mine[0]
        raise UsageError("layout", layout.text, _wrong_rank(path, tensor))
    return chosen


def _assign_paths(found: list[tuple[str, Any]], layout: Mapping[str, str | Layout | None]) -> dict[str, Layout]:
    chosen: dict[str, Layout] = {}
    paths = [path for path, _ in found]
    for pattern, one in layout.items():
        matching = [(path, tensor) for path, tensor in found if fnmatchcase(path, str(pattern))]
        if not matching and one is not None:
            below = [(path, tensor) for path, tensor in found if fnmatchcase(path.rpartition("/")[0], str(pattern))]
            matching = below if _samples(below, _parse(one)) else []
        if not matching:
            raise UsageError("layout", {pattern: one}, f"paths among {', '.join(paths) or 'no tensors'}")
        for path, tensor in matching:
            if one is None:
                chosen.pop(path, None)
                continue
            parsed = _parse(one)
            if parsed.rank not in (None, rank_of(tensor)) and not _samples(matching, parsed):
                raise UsageError("layout", parsed.text, _wrong_rank(path, tensor))
            chosen[path] = parsed
    return chosen


def _samples(found: list[tuple[str, Any]], layout: Layout) -> bool:
    """Whether these are the parts of a list, and with it as the batch axis have the layout's number of axes."""
    folder = found[0][0].rpartition("/")[0] if found else ""
    return (
        bool(folder)
        and len(found) > 1
        and [path for path, _ in found] == [f"{folder}/{number}" for number in range(len(found))]
        and layout.axes[0].role == "batch"
        and all(isinstance(one, Tensor) and one.ndim > 0 and one.ndim + 1 == layout.rank for _, one in found)
    )


def rank_of(tensor: Any) -> int:
    """How many axes a layout of it names: the layout of a PackedSequence is that of the data that was packed."""
    return 3 if isinstance(tensor, PackedSequence) else int(tensor.ndim)


def _wrong_rank(path: str, tensor: Any) -> str:
    shape = tuple(tensor.data.shape if isinstance(tensor, PackedSequence) else tensor.shape)
    return f"a layout with {rank_of(tensor)} axes: input {path} has shape {shape}"


def declare(found: list[tuple[str, Any]], layouts: Mapping[str, Layout]) -> list[DataInput]:
    """The declared tensors with the place of every role. Raises UsageError where sizes contradict a layout."""
    sizes: dict[str, int] = {}
    lists = Counter(
        path.rpartition("/")[0] for path, tensor in found if path in layouts and _is_sample(tensor, layouts[path])
    )
    for path, tensor in found:
        if path in layouts and not isinstance(tensor, PackedSequence):
            samples = (lists[path.rpartition("/")[0]],) if _is_sample(tensor, layouts[path]) else ()
            try:
                names = layouts[path].bind((*samples, *tensor.shape))
            except LayoutMismatch as error:
                raise UsageError("layout", layouts[path].text, f"{error} (input {path})") from error
            sizes = {name: size for name, size in names.items() if _is_batch(name)} | sizes
    declared = []
    for path, tensor in found:
        if path in layouts:
            layout = layouts[path]
            if isinstance(tensor, PackedSequence):
                declared.append(DataInput(path, tensor.data, layout, packed_places(tensor)))
            elif _is_sample(tensor, layout):
                folder, _, number = path.rpartition("/")
                whole = _places(tensor[None], layout, sizes)
                places = {role: (axis - 1, numbers) for role, (axis, numbers) in whole.items()}
                places["batch"] = (0, torch.full((len(tensor),), int(number)))
                declared.append(DataInput(path, tensor, layout, places, samples=lists[folder]))
            else:
                declared.append(DataInput(path, tensor, layout, _places(tensor, layout, sizes)))
    return declared


def _is_sample(tensor: Any, layout: Layout) -> bool:
    """Whether the tensor is one of a list of samples: the layout's batch axis is the list."""
    return isinstance(tensor, Tensor) and layout.rank == tensor.ndim + 1


def _is_batch(name: str) -> bool:
    return name.isidentifier() and Layout.parse(name).axes[0].role == "batch"


def _places(tensor: Tensor, layout: Layout, sizes: Mapping[str, int]) -> dict[Role, tuple[int, Tensor]]:
    places: dict[Role, tuple[int, Tensor]] = {}
    for number, axis in enumerate(layout.axes):
        position = number if not any(a.many for a in layout.axes[:number]) else number - len(layout.axes) + tensor.ndim
        if axis.many or (layout.seen is not None and axis.kind == "anonymous"):
            continue  # of which nothing is known
        count = tensor.shape[position]
        if axis.kind == "folded":
            places |= _folded_places(position, axis.members, count, sizes)
        elif axis.role in ("batch", "seq") or axis.role not in places or count > len(places[axis.role][1]):
            places[axis.role] = (position, torch.arange(count))
    return places


def _folded_places(
    position: int, members: tuple[Any, ...], count: int, sizes: Mapping[str, int]
) -> dict[Role, tuple[int, Tensor]]:
    known = [member.size or sizes.get(member.name, 0) for member in members]
    product = 1
    for size in known:
        product *= size or 1
    if known.count(0) > 1 or (0 not in known and product != count) or count % product:
        return {}
    shape = [size or count // product for size in known]
    numbers = torch.arange(count)
    places: dict[Role, tuple[int, Tensor]] = {}
    stride = count
    for member, size in zip(members, shape, strict=True):
        stride //= size
        places[member.role] = (position, (numbers // stride) % size)
    return places


def packed_places(packed: PackedSequence) -> dict[Role, tuple[int, Tensor]]:
    """Step and sample (in the caller's order) of each row of a PackedSequence's data."""
    counts = packed.batch_sizes.tolist()
    step = torch.cat([torch.full((n,), t) for t, n in enumerate(counts)])
    place = torch.cat([torch.arange(n) for n in counts])
    sample = place if packed.sorted_indices is None else packed.sorted_indices.cpu()[place]
    return {"batch": (0, sample), "seq": (0, step)}
