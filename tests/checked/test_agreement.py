"""`@bf.checked` accepts and refuses what `jaxtyped(typechecker=beartype)` does, remembered or not."""

from __future__ import annotations

# ruff: noqa: UP007, UP045 - the old spellings are under test too
import warnings
from typing import Any, Optional, Union

import numpy as np
import pytest
import torch
from beartype import beartype
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import AnnotationError, Bool, Float, Float32, Int, Num, Shaped, jaxtyped
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


tensors = st.builds(
    lambda shape, dtype: torch.zeros(shape, dtype=dtype),
    st.lists(st.integers(1, 4), max_size=4),
    st.sampled_from((*DTYPES, torch.float32, torch.float32)),
)
values = st.one_of(
    tensors, tensors, tensors, st.tuples(tensors, tensors), st.none(), st.just(1), st.just("s"), st.just([1]),
    st.builds(lambda shape: np.zeros(shape, dtype=np.float32), st.lists(st.integers(1, 3), max_size=3)),
    st.builds(lambda size: torch.nn.Parameter(torch.zeros(size)), st.integers(1, 3)),
)  # fmt: skip


def verdict(call: Any) -> str:
    """accepted, refused, or the class of another error."""
    try:
        call()
    except AnnotationError:
        return "AnnotationError"
    except TypeError:
        return "refused"
    return "accepted"


@given(
    first=hints(), second=hints(), result=hints(),
    calls=st.lists(st.tuples(values, values, values, st.integers(1, 3)), min_size=1, max_size=6),
)  # fmt: skip
@settings(max_examples=200)
def test_the_same_calls_are_accepted(
    first: Any, second: Any, result: Any, calls: list[tuple[Any, Any, Any, int]]
) -> None:
    def function(self: Owner, x: Any, y: Any, out: Any) -> Any:
        return out

    function.__annotations__ = {"x": first, "y": second, "return": result}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = jaxtyped(function, typechecker=beartype)
        ours = bf.checked(function)
        for x, y, out, n in [*calls, *calls]:
            owner = Owner(n)
            expected = verdict(lambda owner=owner, x=x, y=y, out=out: theirs(owner, x, y, out))
            assert verdict(lambda owner=owner, x=x, y=y, out=out: ours(owner, x, y, out)) == expected


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
