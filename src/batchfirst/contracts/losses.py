"""The shape rules of losses, and how prediction and target broadcast. Sources stand in `neighbours.NEIGHBOURS`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import zip_longest
from math import prod
from typing import Literal

from batchfirst.contracts.layers import Dtypes, Rule, Settings, Shapes
from batchfirst.contracts.violation import Shape, Violation

# none: equal shapes. harmless: another way to write the same elements, as (1,) and (). constant: one element against
# all. stretched: one side is repeated. crossed: both sides are, so that every element meets others' targets.
Broadcast = Literal["none", "harmless", "constant", "stretched", "crossed", "impossible"]


def broadcast(one: Sequence[int], other: Sequence[int]) -> Shape | None:
    """The shape of `one` and `other` broadcast against each other; None where they cannot be.

    Source: https://docs.pytorch.org/docs/stable/notes/broadcasting.html#general-semantics

    >>> broadcast((32, 1), (32,)), broadcast((2, 3), (2,))
    ((32, 32), None)
    """
    sizes = []
    for left, right in zip_longest(reversed(one), reversed(other), fillvalue=1):
        if left != right and 1 not in (left, right):
            return None
        sizes.append(right if left == 1 else left)
    return tuple(reversed(sizes))


def broadcast_kind(one: Sequence[int], other: Sequence[int]) -> Broadcast:
    """How two shapes meet.

    >>> broadcast_kind((32, 1), (32,)), broadcast_kind((32, 3), (3,)), broadcast_kind((1, 1), (1,))
    ('crossed', 'stretched', 'harmless')
    """
    if tuple(one) == tuple(other):
        return "none"
    result = broadcast(one, other)
    if result is None:
        return "impossible"
    repeated = [prod(shape) != prod(result) for shape in (one, other)]
    if not any(repeated):
        return "harmless"
    if 1 in (prod(one), prod(other)):
        return "constant"
    return "crossed" if all(repeated) else "stretched"


def _broadcasting(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    given, target = shapes["input"], shapes["target"]
    kind = broadcast_kind(given, target)
    if kind in ("none", "harmless"):
        return
    result = broadcast(given, target)
    told = f"{target}, which cannot be broadcast" if result is None else f"{target}, broadcast to {result}"
    outcome: Literal["refused", "accepted"] = "refused" if result is None else "accepted"
    yield Violation("target", "broadcast", f"the shape of input {given}", told, outcome=outcome)


def _equal(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    if shapes["target"] != shapes["input"]:
        yield Violation("target", "size", f"the shape of input {shapes['input']}", str(shapes["target"]))


def _classes(settings: Settings, shapes: Shapes, dtypes: Dtypes, probabilities: bool) -> Iterator[Violation]:
    given, target = shapes["input"], shapes["target"]
    if not given:
        yield Violation("input", "rank", "1 axis or more (batch, classes, …)", "0: ()")
        return
    dtype = dtypes.get("target")
    floating = dtype is not None and dtype.startswith(("float", "bfloat"))
    if probabilities and target == given:
        if dtype is not None and not floating:
            yield Violation("target", "dtype", "floating-point probabilities, being of input's shape", dtype)
        return
    wanted = given[:1] + given[2:] if len(given) > 1 else ()
    if target != wanted and not (len(given) == 1 and target == (1,)):
        without = f"{wanted}: input {given} without its class axis {min(1, len(given) - 1)}"
        yield Violation("target", "classes", without, str(target))
    elif dtype is not None and dtype != "int64" and not (dtype == "uint8" and len(given) < 3):
        yield Violation("target", "dtype", "int64 class ids", dtype)


def _gaussian(settings: Settings, shapes: Shapes, dtypes: Dtypes) -> Iterator[Violation]:
    given = shapes["input"]
    yield from _broadcasting(settings, shapes, dtypes)
    var = shapes.get("var", given)
    one_reduced = len(var) == len(given) and sum(got for size, got in zip(given, var, strict=True) if size != got) == 1
    if not (var in (given, given[:-1]) or one_reduced):
        wanted = f"the shape of input {given}, that with 1 for one axis, or that without its last axis"
        yield Violation("var", "size", wanted, str(var))


RULES: dict[str, Rule] = {
    **dict.fromkeys(("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"), _broadcasting),
    **dict.fromkeys(("BCELoss", "BCEWithLogitsLoss"), _equal),
    "CrossEntropyLoss": partial(_classes, probabilities=True),
    "NLLLoss": partial(_classes, probabilities=False),
    "GaussianNLLLoss": _gaussian,
}
