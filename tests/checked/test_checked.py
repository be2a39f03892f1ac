"""`@bf.checked` with annotations: what is checked, on what kinds of functions, and what is said."""

from __future__ import annotations

import importlib.util
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from jaxtyping import Float, Int
from tests.checked.programs import Forecaster, broken, mean
from torch import Tensor

import batchfirst as bf

# Arguments and results ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", range(2))
def test_what_fits_passes(again: int) -> None:
    assert Forecaster()(torch.zeros(5, 7, 3)).shape == (5, 2)
    assert mean(torch.zeros(5, 7)).shape == (5,)
    assert mean(torch.zeros(5, 7), torch.zeros(7)).shape == (5,)
    assert mean(weights=torch.zeros(7), x=torch.zeros(5, 7)).shape == (5,)


@pytest.mark.parametrize(
    ("call", "summary"),
    [
        (lambda: Forecaster()(torch.zeros(5, 7)), "x of Forecaster.forward has 2 axes, declared with 3"),
        (lambda: Forecaster()(torch.zeros(5, 7, 3).int()), "x of Forecaster.forward has dtype int32, declared Float"),
        (lambda: Forecaster()([1]), "x of Forecaster.forward is list, "
                                    'declared Float[Tensor, "batch seq features"]'),
        (lambda: Forecaster()(torch.zeros(5, 7, 3), "1"), "scale of Forecaster.forward is str, declared float"),
        (lambda: Forecaster(3)(torch.zeros(5, 7, 3)), "the result of Forecaster.forward has shape (5, 2), declared "
                                                      '"batch {self.horizon}"'),
        (lambda: mean(torch.zeros(5, 7), torch.zeros(5)), 'weights of mean has shape (5,), declared "seq"'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("warm", [False, True])
def test_what_does_not_fit_is_said(call: Callable[[], Any], summary: str, warm: bool) -> None:
    if warm:
        Forecaster()(torch.zeros(5, 7, 3))
        mean(torch.zeros(5, 7), torch.zeros(7))
    assert broken(call).summary == summary


PROGRAM = """import torch
from jaxtyping import Float
from torch import Tensor

import batchfirst as bf


@bf.checked
def mean(x: Float[Tensor, "batch seq"], weights: Float[Tensor, "seq"]) -> Float[Tensor, "batch"]:
    return x @ weights


def run():
    x, w = torch.zeros(5, 7), torch.zeros(5)
    return mean(x, w)
"""
TEXT = """error[BF001]: weights of mean has shape (5,), declared "seq"
  --> FILE:15 in run
   |
15 |     return mean(x, w)
   |                    ^ weights: float32 (5,)
   |
   |             axis 0
   |  weights         5
   |  declared      seq   "seq", program.py:9
   |  must be         7
   |                ^^^  differs
   |
   = weights is declared Float[Tensor, "seq"], program.py:9  [declared]
   = jaxtyping: the size of dimension seq is 5 which does not equal the existing
     value of 7  [declared]
   = the arguments so far bind batch = 5, seq = 7  [shape]

help: make weights what is declared, Float[Tensor, "seq"]
more: batchfirst explain BF001"""


def test_the_whole_text(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("program", file)
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    finding = broken(program.run)
    text = re.sub(r"--> \S+program\.py", "--> FILE", str(finding))
    assert text == TEXT
    error = bf.LayoutError(finding)
    assert pickle.loads(pickle.dumps(error)).finding == finding


def test_a_transposition_that_fits_is_named() -> None:
    @bf.checked
    def pair(x: Float[Tensor, "batch seq"], y: Float[Tensor, "seq batch"]) -> None:
        """Nothing."""

    finding = broken(lambda: pair(torch.zeros(5, 7), torch.zeros(5, 7)))
    assert finding.fix is not None
    assert finding.fix.text.startswith('its sizes fit Float[Tensor, "seq batch"] with its axes in the order (1, 0)')


def test_the_result_is_found_wrong_on_a_known_signature_too() -> None:
    @bf.checked
    def pick(x: Float[Tensor, "batch seq"], wrong: bool = False) -> Float[Tensor, "batch"]:
        return x if wrong else x[:, 0]

    pick(torch.zeros(5, 7), False)
    assert broken(lambda: pick(torch.zeros(5, 7), True)).summary == "the result of pick has 2 axes, declared with 1"
    pick(torch.zeros(5, 7), False)


def test_the_memory_does_not_take_one_for_another() -> None:
    @bf.checked
    def both(x: Float[Tensor, "n"], y: Float[Tensor, "n"], z: int | str = 0) -> Int[Tensor, "..."] | None:
        return None

    for _ in range(2):
        both(torch.zeros(2), torch.zeros(2))
        both(torch.zeros(2), torch.zeros(2), "s")
        both(x=torch.zeros(2), y=torch.zeros(2))
        broken(lambda: both(torch.zeros(2), torch.zeros(3)))
        broken(lambda: both(torch.zeros(2), torch.zeros(2).int()))
        broken(lambda: both(torch.zeros(2), torch.zeros(2), 1.0))  # type: ignore[arg-type]
        broken(lambda: both(torch.zeros(2), y=None))  # type: ignore[arg-type]


def test_attributes_in_dimensions_are_read_at_each_call() -> None:
    model = Forecaster()
    model(torch.zeros(5, 7, 3))
    model.horizon = 3
    broken(lambda: model(torch.zeros(5, 7, 3)))
    model.horizon = 2
    model(torch.zeros(5, 7, 3))

    @bf.checked
    def window(x: Float[Tensor, "batch {size}"], size: int = 4) -> Float[Tensor, "batch {size}+1"]:
        return torch.zeros(x.shape[0], size + 1)

    for _ in range(2):
        window(torch.zeros(2, 4))
        window(torch.zeros(2, 3), 3)
        window(torch.zeros(2, 3), size=3)
        broken(lambda: window(torch.zeros(2, 4), 3))


def test_values_decide_where_annotations_speak_of_values() -> None:
    @bf.checked
    def choose(mode: Literal["mean", "sum"], items: list[int], shape: tuple[int, ...] = ()) -> None:
        """Nothing."""

    for _ in range(2):
        choose("mean", [1], (1, 2))
        broken(lambda: choose("max", [1]))  # type: ignore[arg-type]
        broken(lambda: choose("sum", ["a"]))  # type: ignore[list-item]
        broken(lambda: choose("sum", [1], ("a",)))  # type: ignore[arg-type]


def test_names_hold_for_isinstance_inside_the_call_as_under_jaxtyped() -> None:
    @bf.checked
    def inside(x: Float[Tensor, "batch seq"], y: Tensor) -> Float[Tensor, "rows"]:
        assert not isinstance(y, Float[Tensor, "seq batch"])
        assert isinstance(y, Float[Tensor, "batch rows"])
        return y[0]

    for _ in range(3):
        inside(torch.zeros(5, 7), torch.zeros(5, 2))

    @bf.checked
    def binds(x: Float[Tensor, "batch"], size: int) -> Float[Tensor, "rows"]:
        isinstance(torch.zeros(size), Float[Tensor, "rows"])
        return torch.zeros(2)

    for _ in range(2):
        binds(torch.zeros(5), 2)
        broken(lambda: binds(torch.zeros(5), 3))


def test_nested_calls_have_names_of_their_own() -> None:
    @bf.checked
    def outer(x: Float[Tensor, "batch seq"]) -> Float[Tensor, "seq batch"]:
        return inner(x.T)

    @bf.checked
    def inner(x: Float[Tensor, "batch seq"]) -> Float[Tensor, "batch seq"]:
        return x

    for _ in range(2):
        outer(torch.zeros(5, 7))


def test_arguments_that_do_not_fit_the_parameters_are_pythons_to_tell() -> None:
    with pytest.raises(TypeError, match=r"mean\(\) missing 1 required positional argument: 'x'") as caught:
        mean()  # type: ignore[call-arg]
    assert not isinstance(caught.value, bf.LayoutError)


def test_errors_of_the_body_pass_unchanged() -> None:
    @bf.checked
    def fail(x: Float[Tensor, "batch"]) -> None:
        raise KeyError("mine")

    for _ in range(2):
        with pytest.raises(KeyError) as caught:
            fail(torch.zeros(2))
        assert not getattr(caught.value, "__notes__", [])
        assert caught.value.__context__ is None
