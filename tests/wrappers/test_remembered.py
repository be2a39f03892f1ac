"""What remembers calls does what torch's module does, and what has no memory, whatever has changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils import parametrize, prune
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import batchfirst as bf

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")
NAMES = ("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell")


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)


class Halved(nn.Module):
    """A parametrization."""

    def forward(self, weight: Tensor) -> Tensor:
        return weight / 2


def weight_of(module: nn.Module) -> str:
    return "weight_hh" if module.__class__.__name__.endswith("Cell") else "weight_hh_l0"


def swapped_weight(module: Any) -> None:
    name = weight_of(module)
    setattr(module, name, nn.Parameter(getattr(module, name).detach() * 0.5))


def scaled_in_place(module: nn.Module) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(0.9)


def other_data(module: nn.Module) -> None:
    for parameter in module.parameters():
        parameter.data = parameter.data + 0.1


def flip(name: str) -> Callable[[Any], None]:
    def change(module: Any) -> None:
        if hasattr(module, name):
            setattr(module, name, not getattr(module, name))

    return change


def another(name: str, value: Any) -> Callable[[Any], None]:
    def change(module: Any) -> None:
        if hasattr(module, name):
            setattr(module, name, value)

    return change


CHANGES: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda module: None,
    "batch_first": flip("batch_first"),
    "input_size": another("input_size", 4),
    "input_size back": another("input_size", 2),
    "train": lambda module: module.train(),
    "eval": lambda module: module.eval(),
    "dropout": another("dropout", 0.5),
    "float64": lambda module: module.double(),
    "float32": lambda module: module.float(),
    "swapped weight": swapped_weight,
    "in place": scaled_in_place,
    "data": other_data,
    "pruned": lambda module: prune.l1_unstructured(module, weight_of(module), amount=1),
    "zero_grad": lambda module: module.zero_grad(),
    "frozen": lambda module: module.requires_grad_(False),
    "trained again": lambda module: module.requires_grad_(True),
}


def tensors_of(value: Any) -> list[Tensor]:
    if isinstance(value, PackedSequence):
        return [part for part in value if part is not None]
    if isinstance(value, tuple):
        return [tensor for part in value for tensor in tensors_of(part)]
    return [value]


def refused(change: Callable[[], Any]) -> type[BaseException] | None:
    """The class of the error that a change ends in."""
    try:
        change()
    except Exception as error:
        return type(error)
    return None


def outcome(module: nn.Module, call: Callable[[nn.Module], Any]) -> Any:
    """The tensors that a call gives, then what the generator gives next; or the built-in class of its error."""
    torch.manual_seed(4)
    try:
        found = tensors_of(call(module))
    except (RuntimeError, ValueError, TypeError, AttributeError, IndexError) as error:
        return next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
    if any(tensor.requires_grad for tensor in found):
        weight = next(p for p in module.parameters() if p.requires_grad)
        total = sum(t.sum() for t in found if t.requires_grad)
        found += [g for g in torch.autograd.grad(total, [weight], allow_unused=True) if g is not None]  # type: ignore[arg-type]
    return [*found, torch.rand(1)]


def assert_same(left: Any, right: Any, told: str) -> None:
    assert isinstance(left, list) == isinstance(right, list), f"{told}: {left} and {right}"
    if not isinstance(left, list):
        assert left is right, told
        return
    assert len(left) == len(right), told
    for one, other in zip(left, right, strict=True):
        assert one.requires_grad == other.requires_grad, told
        assert one.dtype == other.dtype, told
        assert torch.equal(one, other), told


@st.composite
def calls(draw: st.DrawFn, name: str) -> tuple[str, Callable[[nn.Module], Any]]:
    """A call, right or wrong, by its description."""
    cell = name.endswith("Cell")
    rank = draw(st.sampled_from([1, 2, 2, 3] if cell else [2, 3, 3, 3, 4]))
    shape = [draw(st.integers(1, 3)) for _ in range(rank - 1)] + [draw(st.sampled_from([2, 2, 2, 4]))]
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    state = draw(st.sampled_from([None, None, "first", "second", "wrong"]))
    packed = rank == 3 and draw(st.booleans()) and not cell
    if packed and name == "LSTM":  # torch checks nothing of these: a wrong one may end the process
        state, shape[-1] = "first" if state is not None else None, 2
    way = draw(st.sampled_from(["call", "call", "call", "functional_call", "autocast", "keyword"]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 3)))
    x: Any = torch.randn(shape, generator=generator).to(dtype)
    hidden = {"first": shape[0], "second": shape[-2:][0], "wrong": 4, None: 0}[state]
    h = torch.randn((hidden, 3) if cell else (2, hidden, 3), generator=generator).to(dtype)
    hx = None if state is None else (h, h + 1) if "LSTM" in name else h
    if packed:
        lengths = torch.tensor(draw(st.lists(st.integers(1, shape[1]), min_size=shape[0], max_size=shape[0])))
        x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)

    def make(module: nn.Module) -> Any:
        if way == "functional_call":
            weights = {name: parameter * 1.5 for name, parameter in module.named_parameters()}
            return torch.func.functional_call(module, weights, (x, hx))
        if way == "autocast":
            with torch.autocast("cpu", torch.bfloat16):
                return module(x, hx)
        return module(x, hx=hx) if way == "keyword" else module(x, hx)

    return f"{shape} {dtype} state {state} packed {packed} by {way}", make


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=50)
def test_the_memory_agrees_with_torch_and_with_a_full_check(name: str, data: st.DataObject) -> None:
    options: dict[str, Any] = {} if name.endswith("Cell") else {"num_layers": 2}
    # An LSTM whose input_size is not that of its weights, torch runs on the CPU, out of its memory.
    changes = sorted(change for change in CHANGES if name != "LSTM" or not change.startswith("input_size"))
    torch.manual_seed(0)
    theirs = getattr(nn, name)(2, 3, **options)
    ours, watched = getattr(bf, name).from_torch(copy.deepcopy(theirs)), copy.deepcopy(theirs)
    some = data.draw(st.lists(calls(name), min_size=1, max_size=3))
    told = ""
    layout = data.draw(st.sampled_from([None, "batch seq features"]))
    with bf.watch(watched, layout, on_mismatch="record") as watch:
        for _ in range(data.draw(st.integers(2, 8))):
            change = data.draw(st.sampled_from(changes))
            if change == "pruned":  # a weight put over a pruned one makes torch's hook fail from then on
                changes = [one for one in changes if one != "swapped weight"]
            outcomes = {refused(lambda: CHANGES[change](module)) for module in (theirs, ours, watched)}  # noqa: B023
            assert len(outcomes) == 1, change
            for text, call in some:
                told += f"{change}: {text}\n"
                full = outcome(getattr(bf, name).from_torch(ours), call)
                expected, found = outcome(theirs, call), outcome(ours, call)
                assert_same(expected, found, told)
                assert_same(full, found, told)
                assert_same(expected, outcome(watched, call), told)
                with bf.watch(theirs, layout, on_mismatch="record") as anew:
                    outcome(theirs, call)
                if change != "pruned":  # with a hook, behind which the watch puts itself for the next call
                    assert {found.code for found in anew.findings} <= {found.code for found in watch.findings}, told
                for fact in anew.calls:  # none where a hook raised before
                    assert fact.args == watch.calls[-1].args, told


@pytest.mark.parametrize("name", NAMES[:3])
@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("lengths", [[3, 2, 2], [1, 3, 2]])
def test_packed_data_in_any_order(name: str, state: bool, lengths: list[int]) -> None:
    torch.manual_seed(0)
    theirs = getattr(nn, name)(2, 3, bidirectional=True)
    ours = getattr(bf, name).from_torch(theirs)
    for _ in range(3):
        x = pack_padded_sequence(torch.randn(4, 3, 2), torch.tensor(lengths), enforce_sorted=False)
        h = torch.randn(2, 3, 3)
        hx = ((h, h + 1) if name == "LSTM" else h) if state else None

        def call(module: nn.Module) -> Any:
            return module(x, hx)  # noqa: B023

        assert_same(outcome(theirs, call), outcome(ours, call), "packed")


@pytest.mark.parametrize("name", NAMES)
def test_weights_that_are_no_parameters_of_the_module(name: str) -> None:
    torch.manual_seed(0)
    theirs = getattr(nn, name)(2, 3)
    x = torch.randn(4, 2) if name.endswith("Cell") else torch.randn(4, 5, 2)

    def call(module: nn.Module) -> Any:
        return module(x)

    def norm(module: Any) -> Any:
        return torch.nn.utils.parametrizations.weight_norm(module, weight_of(module))

    def halved(module: Any) -> Any:
        return parametrize.register_parametrization(module, weight_of(module), Halved())

    def replica(module: Any) -> Any:
        copied = module._replicate_for_data_parallel()
        for key, parameter in module._parameters.items():
            setattr(copied, key, parameter.detach() * 2)
        return copied

    for change in (norm, halved, replica):
        ours = getattr(bf, name).from_torch(copy.deepcopy(theirs))
        for _ in range(2):
            assert_same(outcome(theirs, call), outcome(ours, call), "before")
        one, other = change(copy.deepcopy(theirs)), change(ours)
        for step in range(3):
            assert_same(outcome(one, call), outcome(other, call), f"{change.__name__}, call {step}")
            if change is not replica:
                scaled_in_place(one)
                scaled_in_place(other)
        if change is not replica:
            parametrize.remove_parametrizations(one, weight_of(one))
            parametrize.remove_parametrizations(other, weight_of(other))
            for step in range(3):
                assert_same(outcome(one, call), outcome(other, call), f"after {change.__name__}, call {step}")


def test_a_forward_that_somebody_replaced_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    module, x = bf.LSTM(2, 3), torch.randn(4, 5, 2)
    module(x), module(x)
    monkeypatch.setattr(nn.LSTM, "forward", lambda self, input, hx=None: ("replaced", hx))
    assert module(x) == ("replaced", None)


def test_a_subclass_with_checks_of_its_own_has_them_asked_every_time() -> None:
    asked = []

    class Asking(bf.GRU):
        """Counts."""

        def check_forward_args(self, *args: Any) -> None:
            asked.append(args)
            super().check_forward_args(*args)

    class Between(nn.GRU):
        """Stands between ours and torch's."""

        def forward(self, input: Any, hx: Any = None) -> Any:
            output, h_n = super().forward(input, hx)
            return output * 2, h_n

    class Doubled(bf.GRU, Between):
        """Its forward is ours, then that of Between."""

    module, doubled, x = Asking(2, 3), Doubled(2, 3), torch.randn(4, 5, 2)
    for _ in range(3):
        module(x)
        assert torch.equal(doubled(x)[0], nn.GRU.forward(doubled, x)[0] * 2)
    assert len(asked) == 3


def test_watched_while_it_remembers() -> None:
    module, x = bf.GRU(2, 3, layout="batch seq features"), torch.randn(4, 5, 2)
    with bf.watch(module, on_mismatch="record") as watched:
        for _ in range(3):
            module(x)
    assert [finding.code for finding in watched.findings] == ["BF101"]
    with pytest.raises(bf.LayoutError):
        module(x)
    module.batch_first = True
    with bf.watch(module, layout="batch seq features") as watched:
        module(x)
    module(x)
    assert not watched.findings
    module.batch_first = False
    with pytest.raises(bf.LayoutError):
        module(x)
