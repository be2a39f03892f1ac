"""An audit leaves no trace: whatever the program changes when it runs is bit for bit as before."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_internals
from torch.nn.utils import parametrizations

import batchfirst as bf

LAYOUT = "batch seq features"


def data(*shape: int) -> Tensor:
    return torch.randn(*(shape or (4, 6, 3)), generator=torch.Generator().manual_seed(5))


def bits(value: Any) -> Any:
    """What two equal things share: a tensor's dtype, shape and bytes; a container's identity and its parts."""
    if isinstance(value, Tensor):
        raw = value.detach().reshape(-1).view(torch.uint8).numpy().tobytes()
        return id(value), value.dtype, tuple(value.shape), value.data_ptr(), raw, value.requires_grad
    if isinstance(value, dict):
        return id(value), [(key if isinstance(key, str) else id(key), bits(part)) for key, part in value.items()]
    if isinstance(value, (list, tuple, deque)):
        return id(value), [bits(part) for part in value]
    if isinstance(value, SimpleNamespace):
        return id(value), bits(vars(value))
    return value if isinstance(value, (int, float, str, bool, type(None))) else id(value)


def fingerprint(module: nn.Module) -> list[Any]:
    """Everything a module and all below it hold."""
    found: list[Any] = []
    for name, child in module.named_modules():
        found.append((name, type(child), bits(vars(child))))
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        found.append((name, bits(tensor.grad) if tensor.is_leaf else None, len(tensor._backward_hooks or ())))
    return found


def surroundings() -> list[Any]:
    """Random generators, torch's modes and global hooks."""
    name, keys, *rest = np.random.get_state()
    return [
        random.getstate(), (name, keys.tolist(), rest), torch.get_rng_state().tolist(),
        torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_dtype(),
        torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu"), torch.is_anomaly_enabled(),
        torch.are_deterministic_algorithms_enabled(), torch.get_float32_matmul_precision(),
        torch.is_autocast_cache_enabled(),
        len(module_internals._global_forward_hooks), len(module_internals._global_forward_pre_hooks),
        nn.Module.__call__, nn.Module.forward,
    ]  # fmt: skip


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.head = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0][:, -1])


class Attribute(Plain):
    """Keeps its state as an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: Any = None

    def forward(self, x: Tensor) -> Tensor:
        output, self.hidden = self.lstm(x, self.hidden)
        self.seen = x.sum()
        return self.head(output[:, -1])


class InPlace(Plain):
    """Writes its state into a tensor that it keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.h, self.c = torch.zeros(1, 4, 4), torch.zeros(1, 4, 4)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        output, (h, c) = self.lstm(x, (self.h, self.c))
        self.h.copy_(h.detach())
        self.c[:] = c.detach()
        self.steps += 1
        return self.head(output[:, -1])


class Containers(Plain):
    """Appends to lists, dicts, deques and objects, also to those inside other ones."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[Tensor] = [torch.zeros(1)]
        self.nested: dict[str, Any] = {"lists": [[torch.zeros(1)]], "pair": (torch.zeros(2), [1])}
        self.recent: deque[Tensor] = deque([torch.ones(1)], maxlen=2)
        self.names = {"a"}
        self.store = SimpleNamespace(last=torch.zeros(3), count=0)
        self.counts = np.zeros(3)

    def forward(self, x: Tensor) -> Tensor:
        result = super().forward(x)
        self.history.append(result)
        self.history[0] += 1
        self.nested["lists"][0].append(result)
        self.nested["new"] = result
        self.nested["pair"][1].append(2)
        self.nested["pair"][0].fill_(7)
        self.recent.extend([result, result])
        self.names.add("b")
        self.store.last, self.store.count = result, self.store.count + 1
        self.counts += 1
        return result


class Switches(Plain):
    """Flips every switch that it can reach and flips none back."""

    def forward(self, x: Tensor) -> Tensor:
        self.eval()
        self.head.weight.requires_grad_(False)
        self.register_forward_hook(lambda *_: None)
        self.head.register_forward_pre_hook(lambda *_: None)
        self.lstm.weight_ih_l0.register_hook(lambda gradient: gradient)
        module_internals.register_module_forward_hook(lambda *_: None)
        torch.set_grad_enabled(False)
        torch.set_autocast_enabled("cpu", True)
        torch.set_autocast_dtype("cpu", torch.float16)
        torch.use_deterministic_algorithms(True)
        torch.set_float32_matmul_precision("medium")
        with torch.autocast("cpu", enabled=False):
            result = super().forward(x)
        torch.set_default_dtype(torch.float64)
        return result


class Random(Plain):
    """Draws from every generator, its own included."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(1)
        self.python, self.numpy = random.Random(2), np.random.default_rng(3)

    def forward(self, x: Tensor) -> Tensor:
        shift = random.random() + np.random.rand() + self.python.random() + self.numpy.random()
        return super().forward(x + shift + torch.rand(1) + torch.rand(1, generator=self.generator))


class Norms(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.spectral = nn.BatchNorm1d(3), parametrizations.spectral_norm(nn.Linear(3, 3))
        self.weighted = parametrizations.weight_norm(nn.Linear(3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.weighted(self.spectral(self.norm(x.transpose(1, 2)).transpose(1, 2)))


class OldWeightNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        with pytest.warns(FutureWarning):
            self.layer = nn.utils.weight_norm(nn.Linear(3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


class Renormed(nn.Module):
    """An embedding whose weights are cut down to max_norm when they are looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(9, 3, max_norm=0.1)

    def forward(self, x: Tensor) -> Tensor:
        return self.embedding((x[..., 0].abs() * 4).long().clamp(max=8))


class Lazy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.LazyLinear(4), nn.LazyBatchNorm1d()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.first(x).transpose(1, 2))


class Converts(Plain):
    """Gives its parameters other storage, another dtype, and other gradients."""

    def forward(self, x: Tensor) -> Tensor:
        self.double()
        for parameter in self.parameters():
            parameter.grad = torch.ones_like(parameter)
        self.head.weight.data.zero_()
        return super().forward(x.double())


MODELS: list[Callable[[], nn.Module]] = [
    Plain, Attribute, InPlace, Containers, Switches, Random, Norms, OldWeightNorm, Renormed, Lazy, Converts,
]  # fmt: skip


def interrupted(module: nn.Module, error: type[BaseException]) -> Callable[[Tensor], Tensor]:
    """The module, raising after it has done its work."""

    def program(x: Tensor) -> Tensor:
        module(x)
        raise error("in the middle")

    return program


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(11)


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("ends", ["returns", "raises", "interrupted", "interrupted later"])
def test_nothing_changes(make: Callable[[], nn.Module], ends: str) -> None:
    module, x = make().train(), data()
    for parameter in module.parameters():
        if not nn.parameter.is_lazy(parameter):
            parameter.grad = torch.full_like(parameter, 0.5)
    before, around, given = _lazy_fingerprint(module), surroundings(), bits(x)
    if ends == "returns":
        bf.audit(module, x, layout=LAYOUT)
    elif ends == "interrupted later":
        calls = iter(range(100))

        def program(x: Tensor) -> Tensor:
            if next(calls) == 4:
                raise KeyboardInterrupt
            return module(x)

        with pytest.raises(KeyboardInterrupt):
            bf.audit(program, x, layout=LAYOUT)
    else:
        error = RuntimeError if ends == "raises" else KeyboardInterrupt
        with pytest.raises(error, match="in the middle"):
            bf.audit(interrupted(module, error), x, layout=LAYOUT)
    assert surroundings() == around
    assert _lazy_fingerprint(module) == before
    assert bits(x) == given


def _lazy_fingerprint(module: nn.Module) -> list[Any]:
    if isinstance(module, Lazy):  # its parameters have no values yet
        return [
            (name, type(child), list(vars(child)), [(n, type(p), id(p)) for n, p in child._parameters.items()],
             [(n, type(b), id(b)) for n, b in child._buffers.items()], len(child._forward_pre_hooks))
            for name, child in module.named_modules()
        ]  # fmt: skip
    return fingerprint(module)


def test_a_lazy_module_is_initialised_as_if_it_had_not_been_audited() -> None:
    results = []
    for audited in (False, True):
        torch.manual_seed(3)
        module, x = Lazy(), data()
        if audited:
            bf.audit(module, x, layout=LAYOUT)
        results.append(module(x))
    assert torch.equal(*results)


@pytest.mark.parametrize(
    "mode", [torch.no_grad, torch.inference_mode, torch.enable_grad, torch.autograd.detect_anomaly]
)
@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_inside_a_mode(mode: Callable[[], Any]) -> None:
    module, x = Attribute(), data()
    with mode():
        before, around = fingerprint(module), surroundings()
        result = bf.audit(module, x, layout=LAYOUT)
        assert surroundings() == around
        assert fingerprint(module) == before
    assert not any(found.code == "BF101" for found in result.findings)


def test_inside_autocast_and_another_default_dtype() -> None:
    module, x = Plain(), data()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            around = surroundings()
            assert bf.audit(module, x, layout=LAYOUT).ok
            assert surroundings() == around
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.mul_(2), lambda x: x.__setitem__((slice(None), 0), 0.0), lambda x: x[:, 1:].zero_(),
        lambda x: torch.add(x, 1, out=x), lambda x: x.t_() if x.ndim == 2 else x.transpose_(0, 1),
        lambda x: x.data.fill_(1), lambda x: x.detach().neg_(), lambda x: x.requires_grad_(True),
    ],
    ids="mul_ setitem view out transpose_ data detach requires_grad_".split(),
)  # fmt: skip
def test_inputs_are_never_written(write: Callable[[Tensor], Any]) -> None:
    module, x, y = Plain(), data(), {"nested": [data()], "packed": nn.utils.rnn.pack_sequence([data(3, 2), data(2, 2)])}
    before = bits(x), bits(y["nested"]), bits(y["packed"].data), bits(y)

    def program(x: Tensor, y: dict[str, Any]) -> Tensor:
        for part in (x, y["nested"][0], y["packed"].data):
            write(part)
        y["nested"].append(x)
        y["new"] = x
        return x.sum() + sum(p.sum() for p in module.parameters())

    bf.audit(program, x, y, layout=[LAYOUT, None])
    assert (bits(x), bits(y["nested"]), bits(y["packed"].data), bits(y)) == before


@pytest.mark.parametrize("kind", ["SGD", "Adam", "LBFGS"])
@pytest.mark.parametrize("given", ["closure", "argument", "object", "global"])
def test_a_training_step_trains_nothing(kind: str, given: str) -> None:
    module, x, target = Plain(), data(), data(4, 1)
    options: dict[str, Any] = {"SGD": {"momentum": 0.9}, "Adam": {}, "LBFGS": {}}[kind]
    optimizer = getattr(torch.optim, kind)(module.parameters(), lr=0.1, **options)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    for _ in range(2):  # a state of its own to lose
        optimizer.zero_grad()
        nn.functional.mse_loss(module(x), target).backward()
        optimizer.step(lambda: nn.functional.mse_loss(module(x), target))
        scheduler.step()

    def step(x: Tensor, target: Tensor, optimizer: Any = optimizer, scheduler: Any = scheduler) -> Tensor:
        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(module(x), target)
            loss.backward()
            return loss

        loss = optimizer.step(closure)
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        scheduler.step()
        return loss if loss is not None else closure()

    before = fingerprint(module), bits(optimizer.state), bits(optimizer.param_groups), bits(vars(scheduler))
    if given == "closure":
        bf.audit(lambda x: step(x, target), x, layout=LAYOUT)
    elif given == "argument":
        program = _step_with_everything_given
        bf.audit(program, x, target, module, optimizer, scheduler, layout=[LAYOUT, None, None, None, None])
    elif given == "object":
        trainer = Trainer(module, optimizer, scheduler)
        bf.audit(trainer.step, x, target, layout=[LAYOUT, None])
        assert trainer.losses == []
        assert trainer.hidden is None
    else:
        GLOBALS["optimizer"], GLOBALS["module"] = optimizer, module
        bf.audit(_step_with_globals, x, target, layout=[LAYOUT, None])
        assert COUNT == 0
    assert (fingerprint(module), bits(optimizer.state), bits(optimizer.param_groups), bits(vars(scheduler))) == before


def _step_with_everything_given(x: Tensor, target: Tensor, module: nn.Module, optimizer: Any, scheduler: Any) -> Tensor:
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(module(x), target)
    torch.autograd.backward(loss)
    optimizer.step(lambda: loss)
    scheduler.step()
    return loss


class Trainer:
    def __init__(self, module: nn.Module, optimizer: Any, scheduler: Any) -> None:
        self.module, self.optimizer, self.scheduler = module, optimizer, scheduler
        self.losses: list[Tensor] = []
        self.hidden: Any = None

    def step(self, x: Tensor, target: Tensor) -> Tensor:
        loss = _step_with_everything_given(x, target, self.module, self.optimizer, self.scheduler)
        self.losses.append(loss)
        self.hidden = loss.detach()
        return loss


GLOBALS: dict[str, Any] = {}
COUNT = 0


def _step_with_globals(x: Tensor, target: Tensor) -> Tensor:
    global COUNT
    COUNT += 1
    loss = nn.functional.mse_loss(GLOBALS["module"](x), target)
    loss.backward()
    GLOBALS["optimizer"].step(lambda: loss)
    return loss


def test_state_in_a_closure_is_put_back() -> None:
    module, hidden, h = nn.LSTM(3, 4, batch_first=True), None, torch.zeros(4, requires_grad=True)

    def program(x: Tensor) -> Tensor:
        nonlocal hidden
        output, hidden = module(x, hidden)
        torch.autograd.backward((output * h).sum())
        return output

    bf.audit(program, data(), layout=LAYOUT)
    assert hidden is None
    assert h.grad is None


def test_no_gradient_reaches_an_input() -> None:
    module, x = Plain(), data().requires_grad_()
    x.grad = torch.ones_like(x)
    before = bits(x), bits(x.grad)
    bf.audit(lambda x: module(x).sum().backward(), x, layout=LAYOUT)
    assert (bits(x), bits(x.grad)) == before
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_module_found_only_when_it_runs() -> None:
    """Reached neither from the program nor from its inputs: by an import inside the function, say."""

    class Where:
        __slots__ = ("module",)

    where = Where()
    where.module = Attribute().train()
    before = fingerprint(where.module)
    bf.audit(lambda x: where.module(x), data(), layout=LAYOUT)
    assert fingerprint(where.module) == before


def test_values_that_are_not_finite_and_signed_zeros_come_back() -> None:
    module = Plain()
    module.scratch = torch.tensor([float("nan"), -0.0, 0.0, float("inf")])

    def program(x: Tensor) -> Tensor:
        module.scratch.zero_()
        return module(x)

    before = bits(module.scratch)
    bf.audit(program, data(), layout=LAYOUT)
    assert bits(module.scratch) == before


def test_the_same_result_after_an_audit_as_without_one() -> None:
    results = []
    for audited in (False, True):
        torch.manual_seed(9)
        module = Random()
        if audited:
            bf.audit(module, data(), layout=LAYOUT)
        random.seed(1)
        np.random.seed(1)
        results.append(module(data()))
    assert torch.equal(*results)


def test_a_backward_pass_that_is_still_to_come_finds_what_its_forward_pass_saw() -> None:
    class Scaled(nn.Module):
        """Statistics that autograd keeps: those of BatchNorm, and a running mean written in place."""

        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(3)
            self.gru = nn.GRU(3, 4, batch_first=True)
            self.register_buffer("mean", torch.ones(3))

        def forward(self, x: Tensor) -> Tensor:
            self.mean.mul_(0.9).add_(x.detach().mean((0, 1)), alpha=0.1)
            return self.gru(self.norm(x.transpose(1, 2)).transpose(1, 2) * self.mean)[0]

    def gradients(audited: bool) -> list[Tensor]:
        torch.manual_seed(0)
        model, x = Scaled(), torch.randn(4, 5, 3)
        out = model(x)
        if audited:
            bf.audit(model, x, layout="batch seq features")
        out.square().sum().backward()
        return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]

    plain, audited = gradients(False), gradients(True)
    assert len(plain) == len(list(Scaled().parameters()))
    assert all(torch.equal(one, other) for one, other in zip(plain, audited, strict=True))


def test_dynamo_that_is_imported_during_an_audit_knows_torchs_own_call(tmp_path: Path) -> None:
    # An optimizer imports it. Here somebody may have before, so this needs a process of its own.
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "import torch\n"
        "from torch import nn\n"
        "import batchfirst as bf\n"
        "model, x = nn.LSTM(3, 4, batch_first=True), torch.randn(4, 5, 3)\n"
        "def run(x):\n"
        "    torch.optim.SGD(model.parameters(), lr=0.1).zero_grad()\n"
        "    return model(x)[0]\n"
        "before = 'torch._dynamo' in sys.modules\n"
        "bf.audit(run, x, layout='batch seq features')\n"
        "from torch._dynamo.variables import nn_module\n"
        "print(before, nn_module.unpatched_nn_module_call is nn.Module.__call__)\n"
    )
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
