"""An audit leaves everything as it was, bit for bit, also when the program raises or is interrupted."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

import batchfirst as bf

LAYOUT = "batch seq features"


class Busy(nn.Module):
    """Changes all that a module can change while it runs."""

    def __init__(self, stop: type[BaseException] | None = None) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True, dropout=0.5, num_layers=2)
        self.norm = nn.BatchNorm1d(5)
        self.hidden: Any = torch.zeros(2)
        self.history: list[Tensor] = [torch.ones(1)]
        self.seen = {"last": torch.zeros(1)}
        self.count = torch.zeros(1)
        self.stop = stop

    def forward(self, x: Tensor) -> Tensor:
        out, state = self.lstm(x + torch.randn_like(x) * random.random())
        self.hidden = state[0].detach()
        self.history.append(out.detach())
        self.seen["last"] = out.detach()
        self.count += 1
        self.train(not self.training)
        if self.stop is not None:
            raise self.stop("in the middle")
        return self.norm(out[:, -1])


def _fingerprint(model: nn.Module) -> Any:
    tensors = {name: tensor.clone() for name, tensor in (*model.named_parameters(), *model.named_buffers())}
    gradients = {name: None if p.grad is None else (p.grad, p.grad.clone()) for name, p in model.named_parameters()}
    return tensors, gradients, [m.training for m in model.modules()], [p.requires_grad for p in model.parameters()]


def _same(one: Any, other: Any) -> None:
    for name, tensor in one[0].items():
        assert torch.equal(tensor, other[0][name]), name
    for name, gradient in one[1].items():
        now = other[1][name]
        assert (gradient is None) == (now is None)
        if gradient is not None:
            assert gradient[0] is now[0]
            assert torch.equal(gradient[1], now[1])
    assert one[2:] == other[2:]


@pytest.mark.parametrize("stop", [None, RuntimeError, KeyboardInterrupt])
def test_a_busy_model_is_as_before(stop: type[BaseException] | None) -> None:
    model = Busy(stop)
    model.norm.weight.grad = torch.full((5,), 0.25)
    model.lstm.weight_hh_l0.requires_grad_(False)
    hidden, history, seen, count = model.hidden, list(model.history), dict(model.seen), model.count
    before = _fingerprint(model)
    x = torch.randn(4, 6, 3)
    kept = x.clone()
    states = random.getstate(), torch.get_rng_state()
    call, hooks = nn.Module.__call__, len(torch_module._global_forward_hooks)

    if stop is None:
        bf.audit(model, x, layout=LAYOUT)
    else:
        with pytest.raises(stop):
            bf.audit(model, x, layout=LAYOUT)

    _same(before, _fingerprint(model))
    assert model.hidden is hidden
    assert model.history == history
    assert model.seen == seen
    assert model.count is count
    assert float(count) == 0
    assert torch.equal(x, kept)
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])
    assert nn.Module.__call__ is call
    assert len(torch_module._global_forward_hooks) == hooks


def test_a_training_step_is_not_taken() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(18, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    x, y = torch.randn(4, 6, 3), torch.randn(4, 1)

    def step(x: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    step(x)
    before = _fingerprint(model)
    state = copy.deepcopy(optimizer.state_dict())
    bf.audit(step, x, layout=LAYOUT)
    _same(before, _fingerprint(model))
    after = optimizer.state_dict()
    assert state["param_groups"] == after["param_groups"]
    for number, entry in state["state"].items():
        for name, value in entry.items():
            assert torch.equal(value, after["state"][number][name])


def _in_place(x: Tensor) -> Tensor:
    x.mul_(2)
    x[:, 0] = 0
    return x.sum(1)


def test_inputs_are_never_written() -> None:
    x = torch.randn(4, 6, 3)
    kept, version = x.clone(), x._version
    bf.audit(_in_place, x, layout=LAYOUT)
    assert torch.equal(x, kept)
    assert x._version == version


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_grad_mode_stays(mode: Callable[[], Any]) -> None:
    model = nn.LSTM(3, 5, batch_first=True)
    with mode():
        enabled = torch.is_grad_enabled()
        assert bf.audit(model, torch.randn(4, 6, 3), layout=LAYOUT).ok
        assert torch.is_grad_enabled() is enabled


def test_numpy_draws_the_same_numbers_afterwards() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy is no requirement of ours")
    numpy.random.seed(3)
    expected = numpy.random.rand(3)
    numpy.random.seed(3)

    def program(x: Tensor) -> Tensor:
        return x + float(numpy.random.rand())

    bf.audit(program, torch.randn(4, 6, 3), layout=LAYOUT)
    assert (numpy.random.rand(3) == expected).all()
