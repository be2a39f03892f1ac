"""`@bf.checked` on every kind of function, on methods, and on classes."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import pickle
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, NamedTuple, Optional, overload

import pytest
import torch
from jaxtyping import Float
from tests.checked.programs import Forecaster, broken, mean
from torch import Tensor, nn

import batchfirst as bf

# Kinds of functions ------------------------------------------------------------------------------------------------


class Kinds:
    """One of each."""

    size = 3

    @bf.checked
    def method(self, x: Float[Tensor, "{self.size}"]) -> None:
        """A method."""

    @bf.checked
    @staticmethod
    def static(x: Float[Tensor, "n"], y: Float[Tensor, "n"]) -> None:
        """A static method."""

    @staticmethod
    @bf.checked
    def inner_static(x: Float[Tensor, "n"], y: Float[Tensor, "n"]) -> None:
        """The other way round."""

    @bf.checked
    @classmethod
    def make(cls, x: Float[Tensor, "{cls.size}"]) -> Kinds:
        return cls()

    @bf.checked
    @property
    def shape(self) -> Float[Tensor, "{self.size}"]:
        return torch.zeros(2)

    @shape.setter
    @bf.checked
    def shape(self, value: Float[Tensor, "{self.size}"]) -> None:
        """A setter."""


class Heir(Kinds):
    """Inherits them."""

    size = 4


def test_methods_of_all_kinds_and_their_heirs() -> None:
    bad = torch.zeros(9)
    for kind in (Kinds, Heir):
        it = kind()
        good = torch.zeros(kind.size)
        it.method(good)
        assert isinstance(kind.make(good), kind)
        it.static(good, good)
        kind.inner_static(good, good)
        it.shape = good
        for call in (
            lambda it=it: it.method(bad),
            lambda kind=kind: kind.make(bad),
            lambda it=it, good=good: it.static(good, bad),
            lambda it=it, good=good: it.inner_static(good, bad),
            lambda it=it: it.shape,
            lambda it=it: setattr(it, "shape", bad),
        ):
            broken(call)


def test_overloads_check_the_implementation() -> None:
    @overload
    def double(x: int) -> int: ...
    @overload
    def double(x: Float[Tensor, "n"]) -> Float[Tensor, "n"]: ...
    @bf.checked
    def double(x: int | Float[Tensor, "n"]) -> int | Float[Tensor, "n"]:
        return x * 2

    assert double(2) == 4
    double(torch.zeros(2))
    broken(lambda: double(torch.zeros(2, 2)))


def test_variadic_parameters() -> None:
    @bf.checked
    def many(*parts: Float[Tensor, "n"], flag: bool = False, **named: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
        return parts[0]

    for _ in range(2):
        many(torch.zeros(2), torch.zeros(2), a=torch.zeros(2), flag=True)
        assert broken(lambda: many(torch.zeros(2), torch.zeros(3))).summary.startswith("parts[1] of ")
        assert broken(lambda: many(torch.zeros(2), a=torch.zeros(3))).summary.startswith("a of ")


def test_tuples_and_named_tuples() -> None:
    class State(NamedTuple):
        h: Tensor
        c: Tensor

    @bf.checked
    def split(x: Float[Tensor, "batch"], wrong: bool) -> tuple[Float[Tensor, "batch"], Optional[int]]:  # noqa: UP045
        return (x, None) if not wrong else (x[:1], 1)

    @bf.checked
    def state(hx: State) -> State:
        return hx

    for _ in range(2):
        split(torch.zeros(3), False)
        broken(lambda: split(torch.zeros(3), True))
        state(State(torch.zeros(1), torch.zeros(1)))
        broken(lambda: state((torch.zeros(1), torch.zeros(1))))  # type: ignore[arg-type]


@bf.checked
async def later(x: Float[Tensor, "batch seq"], wrong: bool = False) -> Float[Tensor, "seq"]:
    """A coroutine."""
    await asyncio.sleep(0)
    return x[:, 0] if wrong else x[0]


def test_coroutines() -> None:
    assert inspect.iscoroutinefunction(later)

    async def together() -> None:
        # Names of one call must not leak into another that runs between its steps.
        results = await asyncio.gather(*(later(torch.zeros(2, size)) for size in range(3, 9)))
        assert [len(result) for result in results] == list(range(3, 9))

    for _ in range(2):
        asyncio.run(together())
        broken(lambda: asyncio.run(later(torch.zeros(2))))  # type: ignore[arg-type]
        broken(lambda: asyncio.run(later(torch.zeros(2, 3), wrong=True)))


@bf.checked
def batches(x: Float[Tensor, "rows seq"], size: int, wrong: bool = False) -> Iterator[Float[Tensor, "batch seq"]]:
    """The last batch is smaller: `batch` is bound anew for each."""
    for start in range(0, len(x), size):
        yield x[start : start + size, : 1 if wrong else None]


@bf.checked
def echo(x: Float[Tensor, "n"]) -> Generator[Float[Tensor, "n"], Any, str]:
    """Everything that a generator can be told."""
    told = None
    while told != "stop":
        try:
            told = yield x
        except KeyError:
            x = x + 1
    return "stopped"


def test_generators() -> None:
    assert [len(part) for part in batches(torch.zeros(5, 3), 2)] == [2, 2, 1]
    broken(lambda: batches(torch.zeros(5), 2))  # at the call, not at the first step
    assert broken(lambda: next(batches(torch.zeros(5, 3), 2, True))).summary.startswith("what it yields of batches")

    def around() -> Iterator[Any]:
        result = yield from echo(torch.zeros(2))
        yield result

    running = around()
    assert next(running).sum() == 0
    assert running.send("more").sum() == 0
    assert running.throw(KeyError()).sum() == 2
    assert running.send("stop") == "stopped"
    closing = echo(torch.zeros(2))
    next(closing)
    closing.close()


def test_async_generators() -> None:
    @bf.checked
    async def steps(x: Float[Tensor, "n"], wrong: bool) -> AsyncIterator[Float[Tensor, "n"]]:
        yield x
        await asyncio.sleep(0)
        yield x[1:] if wrong else x

    async def collect(wrong: bool) -> list[Tensor]:
        return [part async for part in steps(torch.zeros(3), wrong)]

    assert len(asyncio.run(collect(False))) == 2
    broken(lambda: asyncio.run(collect(True)))


def test_what_cannot_be_decorated_is_told() -> None:
    for target in (3, nn.LSTM(1, 1), len, functools.partial(mean), dict):
        with pytest.raises(bf.UsageError, match="a class with a forward"):
            bf.checked(target)
    with pytest.raises(bf.UsageError, match="on_mismatch"):
        bf.checked(on_mismatch="loud")

    @bf.checked
    class NoForward(nn.Module):
        def forward(self, x: Float[Tensor, "n"]) -> None:
            """Nothing."""

    assert bf.checked(NoForward.forward) is NoForward.forward


def test_metadata_stays() -> None:
    assert mean.__name__ == "mean"
    assert mean.__doc__ == "A function."
    assert Forecaster.forward.__doc__ == "Docstring."
    assert list(inspect.signature(mean).parameters) == ["x", "weights"]


def test_annotations_that_name_local_and_later_things() -> None:
    class Local:
        """Known here only."""

    @bf.checked
    def takes(x: Local, y: Later, z: Unknown = None) -> None:  # type: ignore[name-defined]
        """Strings, for this file postpones annotations."""

    class Later:
        """Defined behind it: not to be resolved, and not checked."""

    takes(Local(), 3)  # type: ignore[arg-type]
    broken(lambda: takes(3, Later()))  # type: ignore[arg-type]


# Classes -----------------------------------------------------------------------------------------------------------


def test_a_decorated_class_stays_what_it_is() -> None:
    model = Forecaster()
    plain = nn.Module()
    assert isinstance(model, Forecaster)
    assert isinstance(Forecaster, type)
    x = torch.randn(5, 7, 3)
    for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert type(clone) is Forecaster
        assert torch.equal(clone(x), model(x))
        assert list(clone.state_dict()) == ["lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0",
                                            "lstm.bias_hh_l0", "head.weight", "head.bias"]  # fmt: skip
    for module in model.modules():
        assert type(module._forward_pre_hooks) is type(plain._forward_pre_hooks)
        assert not module._forward_pre_hooks


def test_inherited_and_overridden_forwards() -> None:
    @bf.checked
    class Same(Forecaster):
        """Its forward is checked already."""

    assert Same.forward is Forecaster.forward

    @bf.checked
    class Encoder(nn.LSTM):
        """Torch's own forward has annotations of overloads only."""

    assert Encoder(3, 4)(torch.zeros(5, 7, 3))[0].shape == (5, 7, 4)
    assert nn.LSTM.forward is not Encoder.forward

    class Scaled(Forecaster):
        def forward(self, x: Any, scale: float = 1.0) -> Any:
            return super().forward(x, scale)

    broken(lambda: Scaled()(torch.zeros(5, 7)))
    Scaled()(torch.zeros(5, 7, 3))


