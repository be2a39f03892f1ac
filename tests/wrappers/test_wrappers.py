"""The drop-ins: torch's modules in everything, but for what they say of a wrong call."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import warnings
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import batchfirst as bf

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported:UserWarning")
LAYERED = ("LSTM", "GRU", "RNN")
CELLS = ("LSTMCell", "GRUCell", "RNNCell")
ALL = (*LAYERED, *CELLS)


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)


def pair(name: str, *args: Any, **kwargs: Any) -> tuple[nn.Module, Any]:
    """Torch's module and ours, built from the same seed."""
    torch.manual_seed(0)
    theirs = getattr(nn, name)(*args, **kwargs)
    torch.manual_seed(0)
    return theirs, getattr(bf, name)(*args, **kwargs)


def leaves(value: Any) -> list[Tensor]:
    if isinstance(value, PackedSequence):
        return [value.data, value.batch_sizes]
    if isinstance(value, tuple):
        return [tensor for part in value for tensor in leaves(part)]
    return [value]


def run(module: nn.Module, *args: Any) -> list[Tensor]:
    """Results, gradients, and what the generator gives next."""
    torch.manual_seed(1)
    module.zero_grad()
    out = leaves(module(*args))
    sum(part.float().square().sum() for part in out if part.is_floating_point()).backward()  # type: ignore[union-attr]
    return [*out, *(p.grad for p in module.parameters() if p.grad is not None), torch.rand(1)]


def assert_same(theirs: nn.Module, ours: nn.Module, *args: Any) -> None:
    for _ in range(2):  # the second call's verdict is remembered
        left, right = run(theirs, *args), run(ours, *args)
        assert len(left) == len(right)
        assert all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


@given(
    name=st.sampled_from(LAYERED), layers=st.integers(1, 3), bias=st.booleans(), batch_first=st.booleans(),
    dropout=st.sampled_from([0.0, 0.3]), both=st.booleans(), proj=st.integers(0, 2), batch=st.integers(1, 3),
    seq=st.integers(1, 4), form=st.sampled_from(["batched", "unbatched", "packed"]), state=st.booleans(),
)  # fmt: skip
@settings(max_examples=80)
def test_results_are_the_same_bit_for_bit(
    name: str, layers: int, bias: bool, batch_first: bool, dropout: float, both: bool, proj: int, batch: int, seq: int,
    form: str, state: bool,
) -> None:  # fmt: skip
    proj = proj if name == "LSTM" else 0
    options = dict(bias=bias, batch_first=batch_first, dropout=dropout if layers > 1 else 0.0, bidirectional=both)
    theirs, ours = pair(name, 2, 3, layers, **options, **({"proj_size": proj} if proj else {}))
    rows, samples = layers * (2 if both else 1), () if form == "unbatched" else (batch,)
    h, c = torch.randn(rows, *samples, proj or 3), torch.randn(rows, *samples, 3)
    shape = (seq, 2) if form == "unbatched" else (batch, seq, 2) if batch_first else (seq, batch, 2)
    x: Any = torch.randn(shape)
    if form == "packed":
        lengths = torch.tensor([seq] + [1] * (batch - 1))
        x = pack_padded_sequence(x, lengths, batch_first=batch_first)
    args = (x, (h, c) if name == "LSTM" else h) if state else (x,)
    assert_same(theirs, ours, *args)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("shape", [(4, 2), (2,)])
def test_cells_are_the_same_bit_for_bit(name: str, shape: tuple[int, ...]) -> None:
    theirs, ours = pair(name, 2, 3, bias=False)
    assert_same(theirs, ours, torch.randn(shape))
    h = torch.randn(*shape[:-1], 3)
    assert_same(theirs, ours, torch.randn(shape), (h, h + 1) if name == "LSTMCell" else h)


@pytest.mark.parametrize("name", ALL)
def test_they_are_torchs_in_all_that_code_asks(name: str) -> None:
    theirs, ours = pair(name, 2, 3)
    assert isinstance(ours, getattr(nn, name))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == repr(theirs)
    assert ours.layout is None
    torch.manual_seed(5)
    other = getattr(nn, name)(2, 3)
    ours.load_state_dict(other.state_dict())
    theirs.load_state_dict(ours.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(theirs.parameters(), other.parameters(), strict=True))
    parameters = list(inspect.signature(type(ours)).parameters)
    documented = [n for n in parameters if n != "layout"]
    cells = ["input_size", "hidden_size", "bias", "device", "dtype"]
    layered = [
        "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional", "device", "dtype",
    ]  # fmt: skip
    assert [n for n in documented if n not in ("nonlinearity", "proj_size")] == (cells if name in CELLS else layered)


@pytest.mark.parametrize("name", ["RNN", "RNNCell"])
def test_positional_arguments_mean_what_torch_means(name: str) -> None:
    args = (2, 3, 1, "relu", False, True) if name == "RNN" else (2, 3, False, "relu")
    theirs, ours = pair(name, *args)
    assert repr(ours) == repr(theirs)
    assert ours.nonlinearity == "relu"


@pytest.mark.parametrize(
    "kwargs",
    [dict(hidden_size=0), dict(batch_first=1), dict(dropout=2.0), dict(proj_size=9), dict(num_layers=0)],
    ids=str,
)
def test_the_constructor_refuses_what_torchs_refuses(kwargs: dict[str, Any]) -> None:
    args = {"input_size": 2, "hidden_size": 3, **kwargs}
    told = []
    for kind in (nn.LSTM, bf.LSTM):
        try:
            kind(**args)
        except (ValueError, TypeError) as error:
            told.append((type(error), str(error)))
    lenient = "batch_first" in kwargs and torch.__version__.startswith("2.7")
    assert len(told) == (0 if lenient else 2)
    assert told[:1] == told[1:]


def test_the_constructor_warns_as_torchs_does() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        bf.GRU(2, 3, dropout=0.5)
    assert "num_layers greater than 1" in str(seen[0].message)


# From and to torch -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_from_and_to_torch_share_their_parameters(name: str) -> None:
    theirs = getattr(nn, name)(2, 3).eval()
    calls = []
    theirs.register_forward_hook(lambda *_: calls.append(1))
    ours = getattr(bf, name).from_torch(theirs)
    back = ours.to_torch()
    assert type(ours) is getattr(bf, name)
    assert type(back) is getattr(nn, name)
    assert not ours.training
    for left, right, third in zip(theirs.parameters(), ours.parameters(), back.parameters(), strict=True):
        assert left is right is third
    x = torch.randn(4, 2)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(0.5)
    assert all(torch.equal(a, b) for a, b in zip(leaves(ours(x)), leaves(theirs(x)), strict=True))
    assert len(calls) == 2  # the user's hooks come along
    ours.register_forward_hook(lambda *_: None)
    assert len(theirs._forward_hooks) == 1
    assert "_layout" not in vars(back)
    assert "_remembered" not in vars(back)


def test_training_one_trains_the_other() -> None:
    theirs = nn.LSTM(2, 3)
    ours = bf.LSTM.from_torch(theirs)
    run(ours, torch.randn(4, 1, 2))
    torch.optim.SGD(theirs.parameters(), 0.1).step()
    x = torch.randn(4, 1, 2)
    assert all(torch.equal(a, b) for a, b in zip(leaves(ours(x)), leaves(theirs(x)), strict=True))
    ours.double()
    assert theirs.weight_hh_l0.dtype is torch.float64


def test_from_torch_refuses_other_classes() -> None:
    class Mine(nn.LSTM):
        """Its forward may be anything."""

    for wrong in (nn.GRU(2, 3), Mine(2, 3), nn.utils.parametrizations.weight_norm(nn.LSTM(2, 3), "weight_hh_l0")):
        with pytest.raises(bf.UsageError, match=r"accepted: torch.nn.LSTM or batchfirst.LSTM itself"):
            bf.LSTM.from_torch(wrong)

    class Ours(bf.LSTM):
        """The same the other way round."""

    with pytest.raises(bf.UsageError):
        Ours(2, 3).to_torch()
    again = bf.LSTM.from_torch(bf.LSTM(2, 3, layout="seq batch features"))
    assert again.layout is None


# Copies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_copies_pickles_and_saved_modules(name: str) -> None:
    module = getattr(bf, name)(2, 3, layout="batch features" if name in CELLS else "seq batch features")
    x = torch.randn((4, 2) if name in CELLS else (5, 4, 2))
    expected = leaves(module(x))
    buffer = io.BytesIO()
    torch.save(module, buffer)
    buffer.seek(0)
    for clone in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), torch.load(buffer, weights_only=False)):
        assert type(clone) is type(module)
        assert clone.layout == module.layout
        assert all(torch.equal(a, b) for a, b in zip(leaves(clone(x)), expected, strict=True))
        assert not set(map(id, clone.parameters())) & set(map(id, module.parameters()))
    weights = io.BytesIO()
    torch.save(module.state_dict(), weights)
    weights.seek(0)
    getattr(nn, name)(2, 3).load_state_dict(torch.load(weights, weights_only=True))


# What they say -----------------------------------------------------------------------------------------------------


X = torch.zeros(5, 7, 3)


@pytest.mark.parametrize(
    ("module", "args", "code"),
    [
        (bf.LSTM(3, 4, batch_first=True), (X, (torch.zeros(5, 1, 4),) * 2), "BF201"),
        (bf.LSTM(3, 4), (X, torch.zeros(1, 7, 4)), "BF204"),
        (bf.GRU(3, 4), (torch.zeros(5, 7, 2),), "BF105"),
        (bf.RNN(3, 4), (torch.zeros(1, 5, 7, 3),), "BF104"),
        (bf.LSTMCell(3, 4), (X,), "BF108"),
        (bf.GRUCell(3, 4), (X[0], torch.zeros(7, 5)), "BF205"),
        (bf.RNNCell(3, 4), (X[0], torch.zeros(6, 4)), "BF203"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_call_is_ours_and_torchs(module: Any, args: tuple[Any, ...], code: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - which class torch raises is the question
        module.to_torch()(*args)
    for _ in range(2):
        with pytest.raises(theirs.type) as ours:
            module(*args)
        assert isinstance(ours.value, bf.LayoutError)
        assert ours.value.finding.code == code
        place = ours.value.finding.location
        assert place is not None
        assert place.file == __file__
    assert [finding.code for finding in module.findings][:1] == [code]


@pytest.mark.parametrize(
    ("module", "given", "code"),
    [
        (bf.LSTM(3, 4, layout="batch seq features"), X, "BF101"),
        (bf.GRU(3, 4, batch_first=True, layout="seq batch features"), X, "BF101"),
        (bf.RNN(3, 4, layout="batch features"), X[0], "BF102"),
        (bf.LSTM(3, 4, batch_first=True, layout="batch seq features"), X, None),
        (bf.LSTMCell(3, 4, layout="batch features"), X[0], None),
    ],
)
def test_a_declared_layout_shows_what_torch_accepts(module: Any, given: Tensor, code: str | None) -> None:
    if code is None:
        module(given)
        assert not module.findings
        return
    with pytest.raises(bf.LayoutError) as caught:
        module(given)
    assert caught.value.finding.code == code


def test_the_layout_is_shown_and_a_bad_one_told() -> None:
    assert repr(bf.GRU(3, 4, layout="seq batch features")) == 'GRU(3, 4, layout="seq batch features")'
    with pytest.raises(bf.LayoutSyntaxError):
        bf.GRU(3, 4, layout="seq,batch")


def test_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFIRST", "record")
    module = bf.GRU(3, 4, layout="batch seq features")
    module(X)
    module(X)
    assert [finding.code for finding in module.findings] == ["BF101", "BF101"]
    monkeypatch.setenv("BATCHFIRST", "warn")
    with pytest.warns(UserWarning, match="BF101") as seen:
        module(X)
    assert seen[0].filename == __file__
    monkeypatch.setenv("BATCHFIRST", "off")
    module = bf.GRU(3, 4, layout="batch seq features")
    module(X)
    assert not module.findings
    with pytest.raises(RuntimeError) as caught:
        module(torch.zeros(5, 7, 2))
    assert not isinstance(caught.value, bf.LayoutError)
    monkeypatch.delenv("BATCHFIRST")
    with pytest.raises(bf.LayoutError):
        module(X)


def test_settings_that_change_are_judged_anew() -> None:
    module = bf.GRU(3, 4, batch_first=True, layout="batch seq features")
    module(X)
    module.batch_first = False
    with pytest.raises(bf.LayoutError):
        module(X)


def test_watched_or_in_a_checked_call_they_report_once() -> None:
    module = bf.GRU(3, 4, layout="batch seq features")
    with bf.watch(module, on_mismatch="warn") as watched, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        module(X)
    assert len(seen) == 1
    assert [finding.code for finding in watched.findings] == ["BF101"]


def test_what_is_remembered_is_bounded() -> None:
    module = bf.GRU(1, 1)
    with torch.no_grad():
        for size in range(1, 400):
            module(torch.zeros(size, 1, 1))
    assert len(module._remembered) <= 128


@pytest.mark.filterwarnings("ignore")
def test_compiled_as_torchs() -> None:
    import torch._dynamo
    from torch._dynamo.testing import CompileCounter

    counts = []
    with torch._dynamo.config.patch(allow_rnn=True):
        for kind in (nn.LSTM, bf.LSTM):
            torch._dynamo.reset()
            module, counter = kind(2, 3), CompileCounter()
            compiled = torch.compile(module, backend=counter, fullgraph=True)
            for size in range(2, 12):
                x = torch.randn(4, size, 2)
                assert all(torch.equal(a, b) for a, b in zip(leaves(compiled(x)), leaves(module(x)), strict=True))
            counts.append(counter.frame_count)
    torch._dynamo.reset()
    assert counts[0] == counts[1]


def test_axis_names_stand_in_signatures_and_docstrings() -> None:
    for name in ALL:
        kind = getattr(bf, name)
        assert "(batch, " in kind.__doc__ or "batch," in kind.__doc__
        assert "input_size" in str(inspect.signature(kind.forward))
        assert "*batch hidden_size" in str(inspect.signature(kind.forward))
        assert f"torch.nn.{name}.html" in kind.__doc__
