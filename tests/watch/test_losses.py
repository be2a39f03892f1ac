"""Losses called as functions are heard, and nobody else can tell."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.nn.functional import mse_loss

import batchfirst as bf
from batchfirst.model.layout import Layout
from batchfirst.session.everywhere import Everywhere

LAYOUT = Layout.parse("batch seq features")
COLUMN, ROW = torch.linspace(-1, 1, 5).reshape(5, 1), torch.linspace(0, 1, 5)
FUNCTIONS = [
    F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, F.binary_cross_entropy,
    F.binary_cross_entropy_with_logits, F.cross_entropy, F.nll_loss, F.gaussian_nll_loss,
]  # fmt: skip


@pytest.fixture
def watch() -> Iterator[Everywhere]:
    watch = Everywhere("raise", LAYOUT)
    yield watch
    watch.stop()


def step(prediction: Tensor, target: Tensor) -> Tensor:
    return F.mse_loss(prediction, target)


def test_a_broadcast_that_torch_accepts_is_told_at_the_users_line(watch: Everywhere) -> None:
    with pytest.raises(bf.LayoutError) as caught:
        step(COLUMN, ROW)
    found = caught.value.finding
    assert (found.code, found.location.function, found.location.file) == ("BF601", "step", __file__)


def test_without_a_declared_layout_only_what_torch_refuses() -> None:
    watch = Everywhere("raise")
    try:
        with pytest.warns(UserWarning, match="target size"):
            step(COLUMN, ROW)
        with pytest.raises(RuntimeError) as caught:
            F.cross_entropy(torch.zeros(5, 7, 3), torch.zeros(5, 7).long())
    finally:
        watch.stop()
    assert isinstance(caught.value, bf.LayoutError)
    assert caught.value.finding.code == "BF602"
    assert watch.called == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda: F.mse_loss(COLUMN, COLUMN),
        lambda: mse_loss(input=ROW, target=ROW),  # a name that was imported before the watch began
        lambda: F.l1_loss(COLUMN, ROW[None], reduction="none"),  # all pairs, on purpose
        lambda: F.huber_loss(COLUMN, ROW, reduction="none"),
        lambda: F.cross_entropy(torch.zeros(5, 3, 7), torch.zeros(5, 7).long()),
        lambda: F.gaussian_nll_loss(ROW, ROW, var=torch.ones(5)),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_right_calls_are_counted_and_nothing_is_said(watch: Everywhere, call: object) -> None:
    call()  # type: ignore[operator]
    assert (watch.called, watch.findings) == (1, ())


def test_a_loss_module_is_heard_once(watch: Everywhere) -> None:
    nn.MSELoss()(ROW, ROW)
    assert watch.called == 1


def test_every_function_stays_what_it_is() -> None:
    def told() -> list[object]:
        return [
            (f, f.__name__, f.__doc__, f.__defaults__, inspect.signature(f), inspect.getsource(f)) for f in FUNCTIONS
        ]

    before, codes = told(), [f.__code__ for f in FUNCTIONS]
    one, other = Everywhere("raise"), Everywhere("record")
    assert told() == before
    assert all(f.__code__ is not code for f, code in zip(FUNCTIONS, codes, strict=True))  # every one is heard
    for f, code in zip(FUNCTIONS, codes, strict=True):
        mine, theirs = ({line for *_, line in one.co_lines()} for one in (f.__code__, code))
        assert mine == theirs
    one.stop()
    assert all(f.__code__ is not code for f, code in zip(FUNCTIONS, codes, strict=True))
    other.stop()
    other.stop()
    assert all(f.__code__ is code for f, code in zip(FUNCTIONS, codes, strict=True))


class Tagged(Tensor):
    """A subclass that sees which function torch calls."""

    seen: list[object] = []  # noqa: RUF012

    @classmethod
    def __torch_function__(cls, func: object, types: object, args: object = (), kwargs: object = None) -> object:
        cls.seen.append(func)
        return super().__torch_function__(func, types, args, kwargs or {})  # type: ignore[arg-type]


def test_whoever_knows_the_function_by_identity_still_does(watch: Everywhere) -> None:
    Tagged.seen.clear()
    F.mse_loss(ROW.as_subclass(Tagged), ROW)
    assert Tagged.seen[0] is mse_loss
    assert watch.called == 0  # what a subclass computes is its own affair
    assert mse_loss in {node.target for node in fx.symbolic_trace(step).graph.nodes}


def test_results_are_the_same_bit_for_bit_compiled_scripted_and_traced() -> None:
    compiled = torch.compile(step, fullgraph=True, backend="eager")
    expected = step(ROW, ROW * 3)
    watch = Everywhere("raise", LAYOUT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch.jit is on its way out, and has its doubts about sizes
            ways = [step, compiled, torch.compile(step, fullgraph=True, backend="eager"), torch.jit.script(step),
                    torch.jit.trace(step, (ROW, ROW)), fx.symbolic_trace(step), torch.func.vmap(step)]  # fmt: skip
        for way in ways[:-1]:
            assert torch.equal(way(ROW, ROW * 3), expected)
        assert torch.equal(ways[-1](ROW[:, None], ROW[:, None] * 3).mean(), expected)
        with torch.device("meta"):
            assert step(torch.zeros(5), torch.zeros(5)).is_meta
    finally:
        watch.stop()
    assert torch.equal(compiled(ROW, ROW * 3), expected)


def test_gradients_and_warnings_are_torchs_own(watch: Everywhere) -> None:
    prediction = COLUMN.clone().requires_grad_()
    with pytest.warns(UserWarning, match="target size") as told:
        loss = F.mse_loss(prediction, ROW[None])  # two axes each: all pairs, set out on purpose
    assert len(told) == 1
    assert told[0].filename == __file__
    loss.backward()
    watch.stop()
    again = COLUMN.clone().requires_grad_()
    with pytest.warns(UserWarning, match="target size"):
        F.mse_loss(again, ROW[None]).backward()
    assert torch.equal(prediction.grad, again.grad)


def test_a_torch_fx_module_has_no_contract(watch: Everywhere) -> None:
    traced = fx.symbolic_trace(nn.Sequential(nn.Linear(3, 1)))
    assert traced(torch.zeros(5, 7, 3)).shape == (5, 7, 1)
    assert watch.findings == ()
