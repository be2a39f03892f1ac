"""`@bf.checked` accepts and refuses what `jaxtyped(typechecker=beartype)` does, remembered or not."""

from __future__ import annotations

# ruff: noqa: UP007, UP045 - the old spellings are under test too
import collections
import warnings
from typing import Any, Optional, Union, get_args, get_origin

import numpy as np
import pytest
import torch
from beartype import beartype
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jaxtyping import AbstractArray, AnnotationError, Bool, Float, Float32, Int, Num, Shaped, jaxtyped
from torch import Tensor

import batchfirst as bf

WORDS = (
    "a", "b", "c", "2", "3", "_", "_a", "#a", "#2", "a+1", "a*b", "2*a", "a-1", "{self.n}", "{self.n}+1", "a=2", "1",
)  # fmt: skip
MANY = ("...", "*s", "*t", "#*s")
KINDS = (Float, Int, Num, Shaped, Bool, Float32)
DTYPES = (torch.float32, torch.float64, torch.int64, torch.bool)


class Owner:
    """What `{self.n}` speaks of."""

    def __init__(self, n: int) -> None:
        self.n = n


@st.composite
def dims(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.sampled_from(WORDS), max_size=3))
    if draw(st.integers(0, 3)) == 0:
        words.insert(draw(st.integers(0, len(words))), draw(st.sampled_from(MANY)))
    return " ".join(words)


@st.composite
def hints(draw: st.DrawFn, depth: int = 0) -> Any:
    choice = draw(st.integers(0, 9 if depth < 2 else 5))
    if choice <= 5:
        array = draw(st.sampled_from([Tensor, Tensor, Tensor, np.ndarray, Any]))
        return draw(st.sampled_from(KINDS))[array, draw(dims())]
    if choice == 6:
        return Optional[draw(hints(depth + 1))]
    if choice == 7:
        return Union[draw(hints(depth + 1)), draw(st.sampled_from([int, str, None]))]
    if choice == 8:
        return tuple[draw(hints(depth + 1)), draw(hints(depth + 1))]
    return draw(st.sampled_from([int, float, Tensor, list[int], Any]))


SHAPES = {"s": (2,), "t": (1, 3)}


@st.composite
def fitting(draw: st.DrawFn, hint: Any, sizes: dict[str, int]) -> Any:
    """A value that fits `hint` where the names have these sizes; now and then one that just does not."""
    if draw(st.integers(0, 11)) == 0:
        return draw(st.sampled_from([None, 1, "s", [1], (torch.zeros(2), torch.zeros(2)), torch.zeros(2, 3)]))
    if isinstance(hint, type) and issubclass(hint, AbstractArray):
        shape = [size for word in hint.dim_str.split() for size in _sizes(word, sizes)]
        if shape and draw(st.integers(0, 7)) == 0:
            shape[draw(st.integers(0, len(shape) - 1))] = draw(st.integers(1, 4))
        dtype = next(d for d in DTYPES if isinstance(torch.zeros((), dtype=d), hint.dtype[Tensor, ""]))
        if draw(st.integers(0, 11)) == 0:
            dtype = draw(st.sampled_from(DTYPES))
        value = torch.zeros(shape, dtype=dtype)
        if hint.array_type is np.ndarray or (hint.array_type is Any and draw(st.booleans())):
            return value.numpy()
        return torch.nn.Parameter(value, requires_grad=False) if draw(st.integers(0, 9)) == 0 else value
    if get_origin(hint) is tuple:
        return tuple(draw(fitting(part, sizes)) for part in get_args(hint))
    if get_origin(hint) is Union:
        return draw(fitting(draw(st.sampled_from(get_args(hint))), sizes))
    return {int: 1, str: "s", float: 1.0, type(None): None, list[int]: [1]}.get(hint, torch.zeros(2))


def _sizes(word: str, sizes: dict[str, int]) -> tuple[int, ...]:
    if word == "...":
        return (1, 2)
    if word.strip("#")[0] == "*":
        return SHAPES[word.strip("#*")]
    if word[0] == "_":
        return (3,)
    text = word.strip("#").partition("=")[2] or word.strip("#")
    return (int(eval(text.replace("{self.n}", "n"), dict(sizes))),)


def verdict(call: Any) -> str:
    """accepted, refused, or the class of another error."""
    try:
        call()
    except AnnotationError:
        return "AnnotationError"
    except TypeError:
        return "refused"
    return "accepted"


_SLICES = 8
_CALLS = 20_000 // 3 // _SLICES + 1  # of one slice; in each three annotations meet a value


def same_calls(first: Any, second: Any, result: Any, data: st.DataObject) -> collections.Counter[str]:
    """Call both decorators three times, each twice with the same values; how often each verdict was reached."""

    def function(self: Owner, x: Any, y: Any, out: Any) -> Any:
        return out

    function.__annotations__ = {"x": first, "y": second, "return": result}
    found = collections.Counter[str]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = jaxtyped(function, typechecker=beartype)
        ours = bf.checked(function)
        for _ in range(3):
            names = {name: data.draw(st.integers(1, 3)) for name in "abcn"}
            owner = Owner(names["n"])
            values = [data.draw(fitting(hint, names)) for hint in (first, second, result)]
            for _ in range(2):
                expected = verdict(lambda: theirs(owner, *values))  # noqa: B023 - called at once
                assert verdict(lambda: ours(owner, *values)) == expected  # noqa: B023
                found[expected] += 1
    return found


@pytest.mark.parametrize("number", range(_SLICES))
def test_20_000_pairs_of_an_annotation_and_a_value_are_accepted_or_refused_alike(number: int) -> None:
    found = collections.Counter[str]()

    @settings(max_examples=_CALLS // 3 + 1, suppress_health_check=list(HealthCheck))
    @given(first=hints(), second=hints(), result=hints(), data=st.data())
    def compare(first: Any, second: Any, result: Any, data: st.DataObject) -> None:
        found.update(same_calls(first, second, result, data))

    compare()
    assert found.total() >= 2 * _CALLS, found  # each once before its verdict is remembered, and once after
    for verdict_ in ("accepted", "refused", "AnnotationError"):  # the last: a size that no name is bound to yet
        assert found[verdict_] > found.total() / 10, found


@pytest.mark.parametrize("name", ["Float", "Int", "Shaped"])
def test_the_remembered_path_is_reached(name: str) -> None:
    kind = {"Float": Float, "Int": Int, "Shaped": Shaped}[name]

    def function(x: Any) -> Any:
        return x

    function.__annotations__ = {"x": kind[Tensor, "a b"], "return": kind[Tensor, "a b"]}
    ours = bf.checked(function)
    value = torch.zeros(2, 3, dtype=torch.int64 if name == "Int" else torch.float32)
    ours(value)
    inside = ours.__batchfirst__  # type: ignore[attr-defined]
    assert len(inside._known) == 1
    inside.declaration  # noqa: B018 - resolved before the full check is made impossible
    object.__setattr__(inside.declaration, "_run", None)
    ours(value)
