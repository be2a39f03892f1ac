"""`@bf.checked` with annotations: what is checked, on what kinds of functions, and what is said."""

from __future__ import annotations

# ruff: noqa: UP037 - "batch" in an annotation is a dimension string, no quoted annotation
import asyncio
import copy
import functools
import importlib.util
import inspect
import pickle
import re
import warnings
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, Optional, overload

import pytest
import torch
from jaxtyping import AnnotationError, Float, Int
from torch import Tensor, nn

import batchfirst as bf


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)


def broken(call: Callable[[], Any]) -> bf.Finding:
    """The finding of a call that breaks an annotation."""
    with pytest.raises(TypeError) as caught:
        call()
    assert isinstance(caught.value, bf.LayoutError), caught.value
    assert caught.value.finding.code == "BF001"
    return caught.value.finding


@bf.checked
class Forecaster(nn.Module):
    """Reads windows, gives the next `horizon` values."""

    def __init__(self, horizon: int = 2, batch_first: bool = True) -> None:
        super().__init__()
        self.horizon = horizon
        self.lstm = nn.LSTM(3, 4, batch_first=batch_first)
        self.head = nn.Linear(4, 2)

    def forward(
        self, x: Float[Tensor, "batch seq features"], scale: float = 1.0
    ) -> Float[Tensor, "batch {self.horizon}"]:
        """Docstring."""
        output, _ = self.lstm(x)
        return self.head(output[:, -1]) * scale  # type: ignore[no-any-return]


@bf.checked
def mean(x: Float[Tensor, "batch seq"], weights: Float[Tensor, "seq"] | None = None) -> Float[Tensor, "batch"]:
    """A function."""
    return x.mean(1) if weights is None else x @ weights


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


# Recurrent modules inside the call ---------------------------------------------------------------------------------

X = torch.zeros(5, 7, 3)


def swapped(call: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError) as caught:
        call()
    assert isinstance(caught.value, bf.LayoutError)
    assert caught.value.finding.code == "BF101"


@pytest.mark.parametrize("again", range(2))
def test_a_module_that_reads_a_declared_tensor_otherwise(again: int) -> None:
    model = Forecaster(batch_first=False)
    for _ in range(2):
        swapped(lambda: model(X))
    assert not model.lstm._forward_pre_hooks
    model.lstm.batch_first = True
    model(X)


GLOBAL = nn.GRU(3, 4)


def test_modules_in_reach_of_a_function() -> None:
    inside = nn.GRU(3, 4)

    class Trainer:
        def __init__(self) -> None:
            self.model = nn.GRU(3, 4)

        @bf.checked
        def step(self, x: Float[Tensor, "batch seq features"]) -> None:
            self.model(x)

    @bf.checked
    def by_argument(model: nn.Module, x: Float[Tensor, "batch seq features"]) -> None:
        model(x)

    @bf.checked
    def by_closure(x: Float[Tensor, "batch seq features"]) -> None:
        inside(x)

    @bf.checked
    def by_global(x: Float[Tensor, "batch seq features"]) -> None:
        GLOBAL(x)

    @bf.checked
    async def awaited(x: Float[Tensor, "batch seq features"]) -> None:
        await asyncio.sleep(0)
        inside(x)

    @bf.checked
    def yielding(x: Float[Tensor, "batch seq features"]) -> Iterator[int]:
        yield 1
        inside(x)

    swapped(lambda: by_argument(nn.GRU(3, 4), X))
    by_argument(nn.GRU(3, 4, batch_first=True), X)
    swapped(lambda: by_closure(X))
    swapped(lambda: by_global(X))
    swapped(lambda: Trainer().step(X))
    swapped(lambda: asyncio.run(awaited(X)))
    swapped(lambda: list(yielding(X)))
    for module in (inside, GLOBAL):
        module(X)
        assert not module._forward_pre_hooks


def test_a_module_put_in_later_is_heard_too() -> None:
    @bf.checked
    class Late(nn.Module):
        def forward(self, x: Float[Tensor, "batch seq features"]) -> None:
            self.rnn(x)

    model = Late()
    model.rnn = nn.GRU(3, 4, batch_first=True)
    model(X)
    model.rnn = nn.GRU(3, 4)
    swapped(lambda: model(X))


def test_weak_names_in_annotations_mean_nothing() -> None:
    model = nn.GRU(3, 4)

    @bf.checked
    def one_sequence(x: Float[Tensor, "n d"]) -> None:
        model(x)  # n steps

    one_sequence(torch.zeros(5, 3))


def test_what_torch_refuses_inside_is_explained() -> None:
    model = Forecaster()
    with pytest.raises(RuntimeError) as caught:
        model(torch.zeros(5, 7, 9))
    assert isinstance(caught.value, bf.LayoutError)
    assert caught.value.finding.code == "BF105"


# Policies ----------------------------------------------------------------------------------------------------------


def test_off_returns_the_function_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(x: Float[Tensor, "n"]) -> None:
        """Nothing."""

    assert bf.checked(on_mismatch="off")(plain) is plain
    monkeypatch.setenv("BATCHFIRST", "off")
    assert bf.checked(plain) is plain
    assert bf.checked("n")(plain) is plain


def test_warn_and_record_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(x: Float[Tensor, "batch seq"]) -> Float[Tensor, "batch"]:
        return x[0]

    quiet = bf.checked(on_mismatch="record")(first)
    for _ in range(2):
        assert quiet(torch.zeros(5, 7)).shape == (7,)
        assert quiet(torch.zeros(5)).shape == ()
    summaries = [finding.summary for finding in quiet.__batchfirst__.findings]
    assert len(summaries) == 2
    assert "has shape (7,)" in summaries[0]
    loud = bf.checked(on_mismatch="warn")(first)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loud(torch.zeros(5, 7))
    assert [warning.filename for warning in seen] == [__file__]
    monkeypatch.setenv("BATCHFIRST", "record")
    late = bf.checked(first)
    assert late(torch.zeros(5, 7)).shape == (7,)
    monkeypatch.setenv("BATCHFIRST", "raise")
    broken(lambda: late(torch.zeros(5, 7)))


# Torch's tools -----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_compiled_without_a_break_another_graph_or_a_false_error() -> None:
    import torch._dynamo
    from torch._dynamo.testing import CompileCounter

    class Bare(Forecaster):
        forward = inspect.unwrap(Forecaster.forward)

    counts = []
    with torch._dynamo.config.patch(allow_rnn=True):
        for kind in (Bare, Forecaster):
            torch._dynamo.reset()
            model, counter = kind(), CompileCounter()
            compiled = torch.compile(model, backend=counter, fullgraph=True)
            for size in range(2, 12):
                x = torch.randn(size, 7, 3)
                assert torch.allclose(compiled(x), model(x))
            counts.append(counter.frame_count)
    torch._dynamo.reset()
    assert counts[0] == counts[1]


@pytest.mark.filterwarnings("ignore")
def test_traced_exported_and_vmapped() -> None:
    model, x = Forecaster().eval(), torch.randn(5, 7, 3)
    expected = model(x)
    assert torch.equal(torch.jit.trace(model, (x,))(x), expected)

    @bf.checked
    class Small(nn.Module):
        def forward(self, x: Float[Tensor, "batch seq features"]) -> Float[Tensor, "batch features"]:
            return x.mean(1)

    small = Small()
    assert torch.equal(torch.fx.symbolic_trace(small)(x), small(x))
    assert torch.equal(torch.export.export(small, (x,)).module()(x), small(x))
    assert torch.vmap(small)(torch.zeros(2, 5, 7, 3)).shape == (2, 5, 3)


def test_results_are_the_same_bit_for_bit() -> None:
    class Bare(Forecaster):
        forward = inspect.unwrap(Forecaster.forward)

    torch.manual_seed(0)
    ours = Forecaster()
    bare = Bare()
    bare.load_state_dict(ours.state_dict())
    for size in (1, 2, 2, 5):
        x = torch.randn(size, 7, 3)
        grads = []
        for model in (ours, bare):
            model.zero_grad()
            out = model(x)
            out.square().sum().backward()
            grads.append([out, *(parameter.grad for parameter in model.parameters())])
        assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))


def test_a_value_is_never_read() -> None:
    class Untouchable(Tensor):
        def __repr__(self) -> str:  # type: ignore[override]
            raise AssertionError("a message asked for values")

    broken(lambda: mean(torch.zeros(3).as_subclass(Untouchable)))


def test_jaxtypings_own_switch_is_obeyed() -> None:
    from jaxtyping import config

    @bf.checked
    def size(x: Float[Tensor, "n m"]) -> None:
        """Nothing."""

    config.update("jaxtyping_disable", True)
    try:
        size(torch.zeros(2))
        size(torch.zeros(2))
    finally:
        config.update("jaxtyping_disable", False)
    broken(lambda: size(torch.zeros(2)))


def test_a_bad_annotation_is_jaxtypings_to_tell() -> None:
    @bf.checked
    def bad(x: Float[Tensor, "unknown+1"]) -> None:
        """Nothing."""

    with pytest.raises(AnnotationError):
        bad(torch.zeros(2))
