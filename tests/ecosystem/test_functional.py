"""torch.func, autocast and activation checkpointing: the same results, and the checks go on."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable

import pytest
import torch
from tests.ecosystem.forms import FORMS, bare, checked_in, data
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp, stack_module_state, vmap
from torch.utils.checkpoint import checkpoint

import batchfirst as bf


def detached(model: nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def gradient(model: nn.Module) -> Tensor:
    return grad(lambda weights: functional_call(model, weights, (data(),)).sum())(detached(model))["lstm.weight_hh_l0"]


def directional(model: nn.Module) -> Tensor:
    weights = detached(model)
    ones = {name: torch.ones_like(weight) for name, weight in weights.items()}
    with torch.backends.mkldnn.flags(enabled=False):  # oneDNN's LSTM has no forward derivative
        return jvp(lambda weights: functional_call(model, weights, (data(),)), (weights,), (ones,))[1]


def autocast(model: nn.Module) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return model(data())


def recomputed(model: nn.Module, reentrant: bool) -> Tensor:
    x = data().requires_grad_()
    checkpoint(model, x, use_reentrant=reentrant).sum().backward()
    assert x.grad is not None
    return x.grad


WAYS: dict[str, Callable[[nn.Module], Tensor]] = {
    "functional_call": lambda model: functional_call(model, detached(model), (data(),)),
    "grad": gradient,
    "jvp": directional,
    "autocast": autocast,
    "checkpoint": lambda model: recomputed(model, False),
    "checkpoint reentrant": lambda model: recomputed(model, True),
}


# What torch says of its own rules for forward derivatives, and of oneDNN's flags as it puts them back.
@pytest.mark.filterwarnings("ignore:.*torch.jit", "ignore:TF32 acceleration:UserWarning")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", FORMS)
def test_as_the_bare_model(form: str, way: str) -> None:
    with checked_in(form) as model:
        assert torch.equal(WAYS[way](model), WAYS[way](bare()))
    with checked_in(form, batch_first=False) as wrong:
        assert code_of(WAYS[way], wrong) == "BF101"


def handled(form: str) -> weakref.ref[Tensor]:
    """The data of a call whose mistake was found and handled."""
    x = data()
    with checked_in(form, batch_first=False) as model:
        assert code_of(lambda model: model(x), model) == "BF101"
    return weakref.ref(x)


@pytest.mark.parametrize("form", FORMS)
def test_a_mistake_that_was_handled_keeps_no_tensor(form: str) -> None:
    gc.collect()
    gc.disable()  # what is in a circle would stay
    try:
        assert handled(form)() is None
    finally:
        gc.enable()


def code_of(way: Callable[[nn.Module], Tensor], model: nn.Module) -> str:
    """The code of what this raises; the error itself is let go.

    As long as an error that was raised inside torch's checkpoint is kept, older versions go on saving tensors its way.
    """
    try:
        way(model)
    except bf.LayoutError as error:
        return error.finding.code
    return ""


class Cell(nn.Module):
    """A loop over a cell: (batch, seq, 8) to (batch, 16)."""

    def __init__(self, kind: type[nn.RNNCellBase]) -> None:
        super().__init__()
        self.cell = kind(8, 16)

    def forward(self, x: Tensor) -> Tensor:
        hidden = None
        for step in x.unbind(1):
            hidden = self.cell(step, hidden)
        return hidden


@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
def test_vmap_over_a_batch_of_models() -> None:
    # torch has no batching rule for its LSTM, GRU and RNN; of the cells GRUCell and RNNCell work.
    right, wide = data(), data(5, 6, 7)
    for kind in (bf.GRUCell, bf.RNNCell):
        models = [Cell(kind) for _ in range(3)]
        base = copy.deepcopy(models[0]).to("meta")

        def run(weights: dict[str, Tensor], buffers: dict[str, Tensor], base: nn.Module = base) -> Tensor:
            return functional_call(base, (weights, buffers), (right,))

        weights, buffers = stack_module_state(models)
        together = vmap(run)(weights, buffers)
        alone = torch.stack([model(right) for model in models])
        torch.testing.assert_close(together, alone)  # another order of sums
        with bf.watch(base, on_mismatch="record") as watched:
            vmap(run)(weights, buffers)
        assert not watched.findings

        def wrong(weights: dict[str, Tensor], buffers: dict[str, Tensor], base: nn.Module = base) -> Tensor:
            return functional_call(base, (weights, buffers), (wide,))

        with pytest.raises(bf.LayoutError):
            vmap(wrong)(weights, buffers)


@pytest.mark.parametrize("form", FORMS)
def test_what_torch_has_no_batching_rule_for_is_torchs_own_error(form: str) -> None:
    def error_of(model: nn.Module) -> str:
        weights, buffers = stack_module_state([copy.deepcopy(model) for _ in range(2)])
        x = data()
        with pytest.raises(RuntimeError, match="Batching rule not implemented") as error:
            vmap(lambda w, b: functional_call(model, (w, b), (x,)))(weights, buffers)
        return str(error.value)

    with checked_in(form) as model:
        assert error_of(model) == error_of(bare())
        assert torch.equal(model(data()), bare()(data()))


class Inside(nn.Module):
    """The model with its recurrent part run in the given way."""

    def __init__(self, way: str, batch_first: bool) -> None:
        super().__init__()
        self.model, self.way = bare(batch_first=batch_first), way

    def forward(self, x: Tensor) -> Tensor:
        if self.way == "autocast":
            with torch.autocast("cpu", dtype=torch.bfloat16):
                output = self.model.lstm(x)[0].float()
        else:
            run = lambda x: self.model.lstm(x)[0]  # noqa: E731 - what people hand to checkpoint
            output = checkpoint(run, x, use_reentrant=self.way == "reentrant")
        return self.model.head(output[:, -1])


@pytest.mark.parametrize("way", ["autocast", "reentrant", "checkpoint"])
def test_an_audit_measures_through_it(way: str) -> None:
    x = data().requires_grad_()
    assert bf.audit(Inside(way, True), x, layout="batch seq features").ok
    result = bf.audit(Inside(way, False), x, layout="batch seq features")
    assert result.findings[0].code == "BF101"
    assert not torch.is_autocast_enabled("cpu")
