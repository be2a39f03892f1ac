"""A watch without a model at hand: whatever is called, and audits of what is outermost."""

from __future__ import annotations

import gc
import pickle
import re
import weakref
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules import module as internals

import batchfirst as bf
from batchfirst.model.layout import Layout
from batchfirst.session.everywhere import Everywhere
from batchfirst.session.outermost import Audits

LAYOUT = Layout.parse("batch seq features")
X = torch.linspace(-1, 1, 5 * 7 * 3).reshape(5, 7, 3)


class Scrambled(nn.Module):
    """Its head reads the two layers of sample 0 as those of samples 0 and 1 (BF301)."""

    def __init__(self, pooling: str = "last") -> None:
        super().__init__()
        self.pooling, self.runs, self.hidden = pooling, 0, None
        self.lstm = nn.LSTM(3, 4, num_layers=2, batch_first=True)
        self.noise = nn.Dropout(0.5)
        self.head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        self.runs += 1
        print("running")
        _, (h_n, _) = self.lstm(x)
        self.hidden = h_n
        return self.head(self.noise(h_n.view(len(x), -1)))


@pytest.fixture
def audits() -> Audits:
    return Audits()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = dict(internals._global_forward_pre_hooks)
    yield
    assert dict(internals._global_forward_pre_hooks) == before


def watched(audits: Audits | None, call: Any, layout: Layout | None = LAYOUT, **settings: Any) -> Everywhere:
    watch = Everywhere("record", layout, audits=audits, **settings)
    try:
        call()
        watch.audit()
    finally:
        watch.stop()
    return watch


def codes(watch: Everywhere) -> list[tuple[str, str]]:
    return [(found.severity, found.code) for found in watch.report().findings]


def test_a_declared_model_is_accused_at_its_line_an_undeclared_one_only_noted(audits: Audits) -> None:
    declared = watched(audits, lambda: Scrambled()(X))
    assert codes(declared) == [("error", "BF301")]
    assert declared.findings[0].location.function == "Scrambled.forward"
    assert codes(watched(audits, lambda: Scrambled()(X), None)) == [("note", "BF301")]
    assert codes(watched(audits, lambda: Scrambled()(X), ignore=["BF301"])) == []


def test_policy_raise_raises_when_the_audit_is_done_not_in_the_call(audits: Audits) -> None:
    watch = Everywhere("raise", LAYOUT, audits=audits)
    Scrambled()(X)
    with pytest.raises(bf.LayoutError) as caught:
        watch.audit()
    watch.stop()
    assert caught.value.finding.code == "BF301"


def test_each_class_and_configuration_is_measured_once(audits: Audits) -> None:
    def measured(call: Any, layout: Layout | None = LAYOUT) -> list[str]:
        return [audit.name for audit in watched(audits, call, layout).report().audits]

    model = Scrambled()
    assert measured(lambda: [model(X), model(X[:, :4])]) == ["Scrambled"]
    assert measured(lambda: [Scrambled()(X[:, :3] + 1)]) == []  # the same kind of call, by another watch
    assert codes(watched(audits, lambda: Scrambled()(X))) == [("error", "BF301")]  # which is told nevertheless
    assert measured(lambda: Scrambled("mean")(X)) == ["Scrambled"]  # another setting
    assert measured(lambda: Scrambled()(X[:1])) == ["Scrambled"]  # one sample, of which less can be said
    assert measured(lambda: Scrambled()(X), None) == ["Scrambled"]  # nothing declared
    assert measured(lambda: nn.Sequential(nn.Linear(3, 3))(X)) == []  # no recurrent module inside


def test_nothing_is_changed_and_nothing_kept_alive(audits: Audits, capsys: pytest.CaptureFixture[str]) -> None:
    def run(watching: bool) -> tuple[Any, ...]:
        torch.manual_seed(3)
        watch = Everywhere("record", LAYOUT, audits=Audits() if watching else None)
        model, x = Scrambled(), X.clone().requires_grad_()
        model(x).sum().backward()
        between = torch.get_rng_state()
        watch.audit()
        random = torch.rand(3)
        watch.stop()
        places = ("_forward_pre_hooks", "_forward_hooks")
        names = [name for part in model.modules() for name in places if vars(part)[name]]
        kept = [*model.parameters(), *(p.grad for p in model.parameters()), x.grad, model.hidden, between, random]
        assert capsys.readouterr().out == "running\n" * model.runs
        alive = weakref.ref(model)
        del model
        gc.collect()
        assert alive() is None
        return kept, names

    (plain, none), (audited, hooks) = run(False), run(True)
    assert none == hooks == []
    assert all(torch.equal(one, other) for one, other in zip(plain, audited, strict=True))


def test_the_model_dies_when_the_program_lets_it(audits: Audits) -> None:
    watch = Everywhere("record", LAYOUT, audits=audits)
    model = Scrambled()
    model(X)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    watch.audit()
    watch.stop()
    assert codes(watch) == [("error", "BF301")]


def test_calls_that_raise_are_not_audited_and_what_cannot_be_is_told(audits: Audits) -> None:
    def refused() -> None:
        with pytest.raises(RuntimeError):
            Scrambled()(X[..., :2])

    assert watched(audits, refused).report().remarks == ()
    report = watched(audits, lambda: Scrambled()(X.as_subclass(type("Mine", (Tensor,), {})))).report()
    assert report.remarks == ("not audited: Scrambled: TypeError: input 0 is a Mine",)


def test_a_bare_module_with_a_hook_of_the_users_is_checked_at_its_first_call() -> None:
    def turn(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (args[0].transpose(0, 1),)

    def look(module: nn.Module, args: tuple[Any, ...]) -> None:
        pass

    def first_call(hook: Any) -> None:
        lstm = nn.LSTM(3, 4)
        lstm.register_forward_pre_hook(hook)
        lstm(X)

    assert codes(watched(None, lambda: first_call(turn))) == []
    assert codes(watched(None, lambda: first_call(look))) == [("error", "BF101")]
    handle = internals.register_module_forward_pre_hook(look)  # another one's hook on all modules, after ours or before
    try:
        assert codes(watched(None, lambda: nn.LSTM(3, 4)(X))) == [("error", "BF101")]
    finally:
        handle.remove()


def test_a_bare_modules_first_call_is_told_once_beside_audits_and_other_watches(audits: Audits) -> None:
    def refused(watching: bool) -> None:
        gru = nn.GRU(3, 4, batch_first=True)
        other = bf.watch(gru, on_mismatch="record") if watching else None
        with pytest.raises(bf.LayoutError):
            gru(X[..., :2])
        assert other is None or len(other.findings) == 1

    for watching in (False, True):
        watch = Everywhere("raise", LAYOUT, audits=audits)
        try:
            refused(watching)
        finally:
            watch.stop()
        assert (watch.called, [found.code for found in watch.findings]) == (1, ["BF105"])


def test_layouts_that_were_seen() -> None:
    def call() -> None:
        nn.LSTM(3, 4, batch_first=True)(X)
        nn.GRU(3, 4)(X.transpose(0, 1))
        nn.GRU(3, 4)(X[0])

    assert watched(None, call).report().layouts == (
        "batch seq features, as declared",
        "batch seq features, as LSTM reads it",
        "seq batch features, as GRU reads it",
        "seq features, as GRU reads it",
    )


def test_a_compiled_model_is_not_warned_of_our_hook_but_of_anothers() -> None:
    compiled = torch.compile(nn.Linear(3, 3), backend="eager")  # filterwarnings: error
    asked = getattr(internals, "_has_any_global_hook", None)  # older versions of torch warn of nobody's
    one, other = Everywhere("record"), Everywhere("record")
    compiled(X)
    one.stop()
    compiled(X)
    handle = internals.register_module_forward_pre_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="global hooks") if asked else nullcontext():
        compiled(X)
    handle.remove()
    other.stop()
    other.stop()
    assert getattr(internals, "_has_any_global_hook", None) is asked


def test_what_torch_asserts_is_still_caught_as_an_assertion() -> None:
    watch = Everywhere("raise")
    try:
        with pytest.raises(AssertionError) as caught:
            nn.MultiheadAttention(4, 1)(X, X, X)
    finally:
        watch.stop()
    assert isinstance(caught.value, bf.LayoutError)
    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True)(X, (torch.zeros(5, 4, 4), torch.zeros(5, 4, 4))),
        lambda: nn.CrossEntropyLoss()(torch.zeros(12345, 6789, 1), torch.zeros(12345, 1, 1).long()),
        lambda: torch.nn.functional.binary_cross_entropy(torch.zeros(12345, 678), torch.zeros(12345)),
        lambda: nn.MultiheadAttention(4, 1)(X, X, X),
        lambda: nn.Conv1d(300, 40, 5)(torch.zeros(7, 500, 300)),
    ],
)
def test_a_test_that_matches_torchs_own_message_goes_on_matching_it(call: Any) -> None:
    with pytest.raises(Exception) as torchs:  # noqa: PT011 - whatever torch raises
        call()
    watch = Everywhere("raise")
    try:
        with pytest.raises(torchs.type, match=re.escape(str(torchs.value))) as ours:
            call()
    finally:
        watch.stop()
    assert isinstance(ours.value, bf.LayoutError)
