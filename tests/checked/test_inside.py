"""What runs inside a checked call, what the policies do, and torch's own tools on checked models."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from jaxtyping import AnnotationError, Float
from tests.checked.programs import Forecaster, broken, mean
from torch import Tensor, nn

import batchfirst as bf

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


def test_a_module_put_in_after_an_audit_is_heard_too() -> None:
    from torch.nn.modules import module as torch_module

    @bf.checked
    class Late(nn.Module):
        def forward(self, x: Float[Tensor, "batch seq features"]) -> None:
            self.rnn(x)

    model = Late()
    model.rnn = nn.GRU(3, 4, batch_first=True)
    model(X)
    torch_module._global_module_registration_hooks.clear()  # as putting global hooks back does
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
