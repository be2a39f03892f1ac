"""No result changes by a bit, no generator moves, and the tools of torch work on a watched model as on a bare one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.watch.models import Forecaster, Tagger
from torch import Tensor, nn

import batchfirst as bf

LAYOUT = "batch seq features"


def leaves(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)


def step(model: nn.Module, inputs: tuple[Any, ...], train: bool) -> list[Tensor]:
    """Everything that a step makes: outputs, gradients, buffers, and what the generator gives next."""
    torch.manual_seed(3)
    model.train(train)
    if not train:
        with torch.inference_mode():
            return [*leaves(model(*inputs)), torch.rand(2)]
    outputs = list(leaves(model(*inputs)))
    sum(out.square().mean() for out in outputs).backward()  # type: ignore[union-attr]
    grads = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    return [*outputs, *grads, *model.buffers(), torch.rand(2)]


def same(model: nn.Module, inputs: tuple[Any, ...], layout: Any, train: bool) -> None:
    plain = step(copy.deepcopy(model), inputs, train)
    watched_model = copy.deepcopy(model)
    with bf.watch(watched_model, layout=layout) as watched:
        first = step(watched_model, inputs, train)
        watched_model.zero_grad()
        again = copy.deepcopy(model)
    with bf.watch(again, layout=layout):
        torch.manual_seed(5)
        second = step(again, inputs, train)
    for seen in (first, second):
        assert len(plain) == len(seen)
        assert all(torch.equal(a, b) for a, b in zip(plain, seen, strict=True))
    assert watched.calls
    assert not [finding for finding in watched.findings if finding.severity != "note"]


KINDS = {"LSTM": nn.LSTM, "GRU": nn.GRU, "RNN": nn.RNN}


@given(
    kind=st.sampled_from(sorted(KINDS)), layers=st.integers(1, 3), batch_first=st.booleans(), both=st.booleans(),
    dropout=st.sampled_from([0.0, 0.4]), batch=st.integers(1, 4), seq=st.integers(1, 5), train=st.booleans(),
    state=st.booleans(),
)  # fmt: skip
@settings(max_examples=60)
def test_recurrent_modules(
    kind: str, layers: int, batch_first: bool, both: bool, dropout: float, batch: int, seq: int, train: bool,
    state: bool,
) -> None:  # fmt: skip
    torch.manual_seed(0)
    model = KINDS[kind](
        2, 3, layers, batch_first=batch_first, bidirectional=both, dropout=dropout if layers > 1 else 0.0
    )
    x = torch.randn((batch, seq, 2) if batch_first else (seq, batch, 2))
    h = torch.randn(layers * (2 if both else 1), batch, 3)
    hx = ((h, h + 1) if kind == "LSTM" else h,) if state else ()
    same(model, (x, *hx), LAYOUT if batch_first else "seq batch features", train)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize(
    ("build", "inputs", "layout"),
    [
        (Tagger, (torch.arange(10).reshape(2, 5),), "batch seq"),
        (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (torch.ones(2, 5, 8),), LAYOUT),
        (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
         (torch.ones(2, 5, 8),), LAYOUT),
        (lambda: nn.MultiheadAttention(8, 2, batch_first=True), (torch.ones(2, 5, 8),) * 3, LAYOUT),
        (lambda: nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), (torch.ones(2, 5, 8), torch.ones(2, 3, 8)),
         [LAYOUT, LAYOUT]),
        (lambda: nn.Sequential(nn.Conv1d(3, 4, 2), nn.BatchNorm1d(4), nn.Dropout(0.5)), (torch.ones(2, 3, 5),), None),
        (lambda: nn.Sequential(nn.Conv1d(3, 4, 2), nn.InstanceNorm1d(4, track_running_stats=True)),
         (torch.rand(2, 3, 5),), None),
        (lambda: nn.LSTMCell(2, 3), (torch.ones(4, 2),), "batch features"),
    ],
    ids=["tagger", "encoder layer", "encoder", "attention", "decoder layer", "convolution", "instance norm", "cell"],
)  # fmt: skip
def test_other_models(build: Callable[[], nn.Module], inputs: tuple[Any, ...], layout: Any, train: bool) -> None:
    torch.manual_seed(0)
    same(build(), inputs, layout, train)


def test_the_fused_path_of_the_transformer_stays() -> None:
    model, x = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), torch.ones(2, 5, 8)
    with bf.watch(model, layout=LAYOUT) as watched, torch.inference_mode(), torch.profiler.profile() as seen:
        model(x)
    assert "aten::_transformer_encoder_layer_fwd" in [event.key for event in seen.key_averages()]
    assert watched.calls[0].module.kind == "TransformerEncoderLayer"


@contextmanager
def rnn_allowed() -> Iterator[None]:
    import torch._dynamo

    with torch._dynamo.config.patch(allow_rnn=True):
        torch._dynamo.reset()
        yield
    torch._dynamo.reset()


def frames(compiled_of: Callable[[Any], Any], sizes: range) -> int:
    """How many graphs are compiled for batches of these sizes."""
    from torch._dynamo.testing import CompileCounter

    counter = CompileCounter()
    with rnn_allowed():
        compiled = compiled_of(counter)
        for size in sizes:
            compiled(torch.zeros(size, 5, 3))
    return int(counter.frame_count)


@pytest.mark.filterwarnings("ignore")
def test_compiled_without_a_break_or_another_graph() -> None:
    model = Forecaster()
    plain = frames(lambda backend: torch.compile(model, backend=backend, fullgraph=True), range(2, 12))
    with bf.watch(model, layout=LAYOUT):
        watched = frames(lambda backend: torch.compile(model, backend=backend, fullgraph=True), range(2, 12))
        with rnn_allowed():
            compiled = torch.compile(model, backend="eager", fullgraph=True)
            x = torch.randn(4, 5, 3)
            assert torch.equal(compiled(x), model(x))
    assert watched == plain


@pytest.mark.filterwarnings("ignore")
def test_compiled_models_take_views_and_give_the_same_gradients() -> None:
    whole = torch.randn(4, 9, 6, requires_grad=True)
    views: list[Callable[[], Tensor]] = [
        lambda: torch.randn(60).reshape(4, 5, 3), lambda: torch.randn(5, 4, 3).transpose(0, 1),
        lambda: whole[:, 2:7, ::2], lambda: whole.detach()[:, :5].narrow(2, 0, 3),
    ]  # fmt: skip
    model = Forecaster()
    with rnn_allowed():
        compiled = torch.compile(model, backend="eager")
        for number, view in enumerate(views):
            results = []
            for watched in (False, True):
                torch.manual_seed(number)
                torch._dynamo.reset()
                model.zero_grad()
                with bf.watch(model, layout=LAYOUT) if watched else nullcontext():
                    out = compiled(view())
                out.sum().backward()
                results.append([out.detach(), *(parameter.grad for parameter in model.parameters())])
            assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


@pytest.mark.filterwarnings("ignore")
def test_a_watch_that_comes_and_goes_compiles_nothing_anew() -> None:
    from torch._dynamo.testing import CompileCounter

    model, counter = Forecaster(), CompileCounter()
    with rnn_allowed():
        compiled = torch.compile(model, backend=counter, fullgraph=True)
        for _ in range(3):
            with bf.watch(model, layout=LAYOUT):
                compiled(torch.zeros(4, 5, 3))
            compiled(torch.zeros(4, 5, 3))
    assert counter.frame_count == 1


@pytest.mark.filterwarnings("ignore")
def test_traced_scripted_exported() -> None:
    x = torch.randn(2, 5, 3)
    model = Forecaster().eval()
    expected = model(x)
    small = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    with bf.watch(model, layout=LAYOUT), bf.watch(small):
        assert torch.equal(torch.jit.trace(model, (x,))(x), expected)
        assert torch.equal(torch.jit.script(small)(x), small(x))
        assert torch.equal(torch.fx.symbolic_trace(small)(x), small(x))
        assert torch.allclose(torch.export.export(small, (x,)).module()(x), small(x))


def test_fake_and_meta_tensors_have_shapes_too() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        model = Forecaster(batch_first=False)
        with bf.watch(model, layout=LAYOUT, on_mismatch="record") as watched:
            model(torch.zeros(2, 5, 3))
    assert [finding.code for finding in watched.findings] == ["BF101"]
    meta = Forecaster().to("meta")
    with bf.watch(meta, layout=LAYOUT), pytest.raises(bf.LayoutError):
        meta(torch.zeros(2, 5, 9, device="meta"))


def test_functional_calls_and_vmap() -> None:
    model, x = Forecaster(), torch.randn(4, 2, 5, 3)
    plain = torch.stack([model(part) for part in x])
    parameters = dict(model.named_parameters())
    with bf.watch(model, layout=LAYOUT):
        assert torch.equal(torch.func.functional_call(model, parameters, (x[0],)), plain[0])
    linear = nn.Sequential(nn.Linear(3, 2))
    with bf.watch(linear):
        assert torch.vmap(linear)(x).shape == (4, 2, 5, 2)


def test_activation_checkpointing_and_autocast() -> None:
    from torch.utils.checkpoint import checkpoint

    model, x = Forecaster(), torch.randn(2, 5, 3, requires_grad=True)
    plain = torch.autograd.grad(model(x).sum(), x)[0]
    with bf.watch(model, layout=LAYOUT):
        out = checkpoint(model, x, use_reentrant=False)
        assert torch.equal(torch.autograd.grad(out.sum(), x)[0], plain)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            model(x)
            nn.Sequential(model.head)(torch.zeros(2, 4, dtype=torch.bfloat16))


def test_torchs_own_error_follows_where_a_watch_only_records() -> None:
    model = Forecaster()
    with bf.watch(model, on_mismatch="record") as watched, pytest.raises(RuntimeError) as caught:
        model(torch.zeros(2, 5, 9))
    assert type(caught.value) is RuntimeError
    assert [finding.code for finding in watched.findings] == ["BF105"]
