"""torch.export, TorchScript, torch.fx and tensors without values: checks work there, or step aside."""

from __future__ import annotations

import collections
import copy
import functools
import warnings
from collections.abc import Callable

import pytest
import torch
from tests.ecosystem.forms import FORMS, Bare, bare, checked_in, data
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

import batchfirst as bf


def exported(model: nn.Module) -> Callable[[Tensor], Tensor]:
    batch = torch.export.Dim("batch", min=2, max=64)
    return torch.export.export(model, (data(),), dynamic_shapes=({0: batch},), strict=False).module()


def strictly_exported(model: nn.Module) -> Callable[[Tensor], Tensor]:
    with torch._dynamo.config.patch(allow_rnn=True):
        return torch.export.export(model, (data(),), strict=True).module()


WAYS = {
    "export": exported,
    "strict export": strictly_exported,
    "jit.trace": lambda model: torch.jit.trace(model, (data(),)),
    "fx.symbolic_trace": torch.fx.symbolic_trace,
    "make_fx": lambda model: make_fx(model, tracing_mode="symbolic", _allow_non_fake_inputs=True)(data()),
}


def made(way: str, model: nn.Module) -> tuple[Callable[[Tensor], Tensor], collections.Counter[str]]:
    """The model as this way makes it, and what is warned of meanwhile, how often."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return WAYS[way](model), collections.Counter(str(one.message)[:60] for one in caught)


@functools.cache
def warned_of_bare(way: str) -> collections.Counter[str]:
    return made(way, bare())[1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", FORMS)
def test_a_graph_is_made_as_of_the_bare_model(form: str, way: str) -> None:
    expected = warned_of_bare(way)
    with checked_in(form) as model:
        graph, warned = made(way, model)
        assert torch.equal(graph(data()), bare()(data()))
        assert warned <= expected  # torch.jit says some things once per process
        assert torch.equal(model(data()), bare()(data()))
        with pytest.raises(bf.LayoutError):
            model(data(5, 6, 7))  # the checks go on


def test_a_drop_in_is_one_step_of_an_fx_graph_as_torchs_class_is() -> None:
    def steps(model: nn.Module) -> list[tuple[str, str]]:
        return [(node.op, str(node.target)) for node in torch.fx.symbolic_trace(model).graph.nodes]

    assert steps(Bare(bf.LSTM)) == steps(Bare())
    cells = nn.Sequential(bf.GRUCell(8, 8), bf.RNNCell(8, 4))
    assert [target for _, target in steps(cells)][1:3] == ["0", "1"]


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"])
def test_torchscript_is_told_what_it_can_compile(kind: str) -> None:
    model = nn.Sequential(getattr(bf, kind)(8, 8))
    before = list(model)
    with pytest.raises(bf.UsageError, match=rf"bf\.{kind}\.to_torch\(\)"):
        torch.jit.script(model)
    assert list(model) == before


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_torchscript_compiles_what_was_given_back_and_what_is_watched_or_declared() -> None:
    model = Bare(bf.LSTM)
    model.lstm = model.lstm.to_torch()
    assert torch.equal(torch.jit.script(model)(data()), model(data()))
    for form in ("declared", "watched"):
        with checked_in(form) as model:
            assert torch.equal(torch.jit.script(model)(data()), bare()(data()))


@pytest.mark.parametrize("form", FORMS)
def test_fake_and_meta_tensors_are_checked_by_their_shapes(form: str) -> None:
    with checked_in(form) as model:
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            assert model(mode.from_tensor(data())).shape == (5, 1)
            with pytest.raises(bf.LayoutError) as fake:
                model(mode.from_tensor(data(5, 6, 7)))
        with pytest.raises(bf.LayoutError) as real:
            model(data(5, 6, 7))
        assert fake.value.finding.code == real.value.finding.code
        assert model.to("meta")(data().to("meta")).shape == (5, 1)
        with pytest.raises(bf.LayoutError) as meta:
            model(data(5, 6, 7).to("meta"))
        assert meta.value.finding.code == real.value.finding.code


class Outer(nn.Module):
    """A model with a part that TorchScript has compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.body = torch.jit.script(bare())

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


def test_an_audit_refuses_what_it_cannot_measure() -> None:
    x, layout = data(), "batch seq features"
    with pytest.raises(bf.UsageError, match="meta"):
        bf.audit(bare().to("meta"), x, layout=layout)
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    fake = mode.from_tensor(x)
    with pytest.raises(bf.UsageError, match="fake"):
        bf.audit(bare(), fake, layout=layout)
    with mode:
        of_fakes = bare()
        with pytest.raises(bf.UsageError, match="fake"):
            bf.audit(bare(), x, layout=layout)
    with pytest.raises(bf.UsageError, match="fake"):
        bf.audit(of_fakes, x, layout=layout)


@pytest.mark.filterwarnings("ignore:.*torch.jit", "ignore::torch.jit.TracerWarning")
def test_an_audit_refuses_torchscript_and_tells_of_a_part() -> None:
    x, layout = data(), "batch seq features"
    for compiled in (torch.jit.script(bare()), torch.jit.trace(bare(), (x,))):
        with pytest.raises(bf.UsageError, match="TorchScript shows none of its steps"):
            bf.audit(compiled, x, layout=layout)
    remarks = bf.audit(Outer(), x, layout=layout).trace.remarks
    assert remarks == ("body is compiled by TorchScript: what happens inside is not seen",)


def test_a_graph_module_is_audited() -> None:
    x, layout = data(), "batch seq features"
    for batch_first, codes in ((True, []), (False, ["BF101"])):
        graph = torch.fx.symbolic_trace(bare(batch_first=batch_first))
        assert [found.code for found in bf.audit(graph, x, layout=layout).findings] == codes
    assert bf.audit(copy.deepcopy(torch.fx.symbolic_trace(bare())), x, layout=layout).ok
