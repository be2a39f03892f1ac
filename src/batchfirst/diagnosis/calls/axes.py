"""What each axis of a value is, followed from the recurrent module that it comes from.

"batch" and "seq" are what that module *reads* as batch and time, which is the very thing that may be wrong.
"""

from __future__ import annotations

from batchfirst.contracts.recurrent import expected
from batchfirst.contracts.violation import names
from batchfirst.diagnosis.calls.case import RECURRENT, contract_of
from batchfirst.model.observation import PackedFact, TensorFact
from batchfirst.model.origin import Origin

Axes = tuple[str, ...]
_KEPT = frozenset(
    ("Dropout", "ReLU", "Tanh", "Sigmoid", "GELU", "LeakyReLU", "ELU", "SiLU", "Softmax", "LogSoftmax", "LayerNorm",
     "BatchNorm1d", "Identity", "relu", "tanh", "sigmoid", "softmax", "log_softmax", "dropout", "contiguous", "detach",
     "clone", "float", "double", "to", "cuda", "cpu", "exp", "abs", "logsigmoid", "gelu", "leaky_relu", "layer_norm",
     "normalize", "clamp", "sqrt", "log", "elu", "half", "type", "requires_grad_")
)  # fmt: skip


def axes_of(origin: Origin | None, depth: int = 0) -> Axes | None:
    """The meaning of each axis, "?" for one that is not known; None where nothing is known of them."""
    if origin is None or depth > 30:
        return None
    found = _axes(origin, depth)
    shape = origin.shape
    if found is not None and shape is not None and len(found) != len(shape):
        return None
    return found


def _axes(origin: Origin, depth: int) -> Axes | None:
    op = origin.op
    if op == "part":
        return _part(origin, depth)
    if op in RECURRENT:
        # GRUCell and RNNCell return the state itself; the others a tuple.
        return ("batch", "hidden") if op in ("GRUCell", "RNNCell") and len(origin.shape or ()) == 2 else None
    if not origin.inputs:
        return None
    base = axes_of(origin.inputs[0], depth + 1)
    if op == "cat" or op == "concat" or op == "stack":
        return _joined(origin, depth)
    if op in ("+", "-", "*", "/", "add", "sub", "mul", "div"):
        return _elementwise(origin, depth)
    if op == "Embedding":
        lead = base or tuple("?" for _ in (origin.shape or ())[:-1])
        return (*lead, "features")
    if base is None:
        return None
    if op in _KEPT:
        return base
    if op in ("Linear", "linear"):
        return (*base[:-1], "features")
    return _moved(origin, base)


def _part(origin: Origin, depth: int) -> Axes | None:
    source = origin.inputs[0] if origin.inputs else None
    if source is None or source.module is None:
        return _unpacked(origin, source)
    settings = contract_of(source.module)
    if settings is None or source.op not in RECURRENT:
        return None
    if settings.is_cell:
        return ("batch", "hidden") if len(origin.shape or ()) == 2 else None
    x = source.inputs[0].fact if source.inputs else None
    if isinstance(x, PackedFact):
        form = "packed"
    elif isinstance(x, TensorFact):
        form = "batched" if x.ndim == 3 else "unbatched"
    else:
        form = {3: "batched", 2: "unbatched"}.get(len(origin.shape or ()), "batched")
    shapes = expected(settings, 1, 1, form)  # type: ignore[arg-type]
    place = origin.detail
    if place == (0,):
        return names(shapes["output"]) if form != "packed" else None
    if place == (1,) and not settings.has_cell_state:
        return names(shapes["h_n"])
    if place == (1, 0):
        return names(shapes["h_n"])
    if place == (1, 1):
        return names(shapes["c_n"])
    return None


def _unpacked(origin: Origin, source: Origin | None) -> Axes | None:
    if source is None or source.op != "pad_packed_sequence" or origin.detail != (0,) or len(origin.shape or ()) != 3:
        return None
    return ("batch", "seq", "features") if True in source.detail else ("seq", "batch", "features")


def _moved(origin: Origin, base: Axes) -> Axes | None:
    """Operations that move, remove or add axes."""
    op, detail = origin.op, origin.detail
    rank = len(base)
    numbers = [d for d in detail if isinstance(d, int) and not isinstance(d, bool)]
    if op in ("transpose", "swapaxes", "swapdims") and len(numbers) >= 2:
        one, other = numbers[0] % rank, numbers[1] % rank
        turned = list(base)
        turned[one], turned[other] = turned[other], turned[one]
        return tuple(turned)
    if op in ("t", "T", "mT"):
        return base[::-1] if op != "mT" else (*base[:-2], base[-1], base[-2])
    if op == "permute" and len(numbers) == rank:
        return tuple(base[n % rank] for n in numbers)
    if op == "unsqueeze" and numbers:
        place = numbers[0] % (rank + 1)
        return (*base[:place], "1", *base[place:])
    if op == "squeeze":
        return _squeezed(origin, base, numbers)
    if op == "[]":
        return _indexed(base, tuple(str(d) for d in detail))
    if op == "repeat" and len(numbers) == len(detail) == rank:
        return base
    if op in ("expand", "broadcast_to") and len(numbers) == len(detail) >= rank:
        return (*("?",) * (len(numbers) - rank), *base)
    if op == "select" and len(numbers) >= 2:
        return (*base[: numbers[0] % rank], *base[numbers[0] % rank + 1 :])
    if op in ("mean", "sum", "max", "amax", "min", "argmax") and numbers and True not in detail:
        return tuple(name for n, name in enumerate(base) if n != numbers[0] % rank)
    if op == "iterate":
        return base[1:]
    return None


def _squeezed(origin: Origin, base: Axes, numbers: list[int]) -> Axes | None:
    shape = origin.inputs[0].shape
    if shape is None or len(shape) != len(base):
        return None
    gone = [numbers[0] % len(base)] if numbers else range(len(base))
    return tuple(name for n, name in enumerate(base) if not (n in gone and shape[n] == 1))


def _indexed(base: Axes, words: Axes) -> Axes | None:
    if "tensor" in words:
        return None
    left = sum(1 for word in words if word not in ("...", "None"))
    found: list[str] = []
    axis = 0
    for word in words:
        if word == "...":
            skipped = len(base) - left
            found.extend(base[axis : axis + skipped])
            axis += skipped
        elif word == "None":
            found.append("1")
        else:
            if axis >= len(base):
                return None
            if word in (":", "a:b"):
                found.append(base[axis])
            axis += 1
    return (*found, *base[axis:])


def _joined(origin: Origin, depth: int) -> Axes | None:
    first = origin.inputs[0]
    members = first.inputs if first.op == "tuple" else (first,)
    known = [axes for axes in (axes_of(m, depth + 1) for m in members) if axes is not None]
    if not known:
        return None
    # What one member does not know of an axis, another one may.
    same = [axes for axes in known if len(axes) == len(known[0])]
    found = tuple(
        next((name for name in names if name not in ("?", "1")), names[0]) for names in zip(*same, strict=True)
    )
    if origin.op != "stack":
        return found
    numbers = [d for d in origin.detail if isinstance(d, int) and not isinstance(d, bool)]
    place = (numbers[0] if numbers else 0) % (len(found) + 1)
    return (*found[:place], "?", *found[place:])


def _elementwise(origin: Origin, depth: int) -> Axes | None:
    known = [axes for axes in (axes_of(i, depth + 1) for i in origin.inputs) if axes is not None]
    return max(known, key=len) if known else None


def from_state(origin: Origin | None) -> bool:
    """Whether a value is a final state of a layered module, or one that was reshaped or cut."""
    while origin is not None:
        if origin.op == "part":
            return has_layers(origin)
        origin = origin.inputs[0] if origin.inputs else None
    return False


def has_layers(origin: Origin | None) -> bool:
    """Whether the layers × directions axis of a final state is still there."""
    axes = axes_of(origin)
    return axes is not None and "layers*directions" in axes
