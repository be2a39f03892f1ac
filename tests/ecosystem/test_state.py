"""Copies, checkpoints, shared and parametrized weights, quantisation: a checked model is torch's in all of them."""

from __future__ import annotations

import copy
import io
import pickle
import warnings

import pytest
import torch
from safetensors.torch import load, load_model, save, save_model
from tests.ecosystem.forms import FORMS, Bare, bare, checked_in, data
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

import batchfirst as bf

KINDS = ("LSTM", "GRU", "RNN")


def through_a_file(value: object, weights_only: bool) -> object:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=weights_only)


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_computes_the_same_and_is_as_checked_as_its_class(form: str) -> None:
    with checked_in(form) as model:
        copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), through_a_file(model, False)]
        for one in copies:
            assert torch.equal(one(data()), bare()(data()))
            # A watch is of the one model that it was given; what is checked by its class stays so.
            expected = RuntimeError if form == "watched" else bf.LayoutError
            with pytest.raises(expected) as error:
                one(data(5, 6, 7))
            assert isinstance(error.value, bf.LayoutError) == (form != "watched")
        with pytest.raises(bf.LayoutError):
            model(data(5, 6, 7))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_go_both_ways_between_torchs_class_and_ours(kind: str) -> None:
    settings = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    theirs, ours = getattr(nn, kind)(8, 4, **settings), getattr(bf, kind)(8, 4, **settings)
    for source, target in ((theirs, ours), (ours, theirs)):
        for carry in (lambda state: through_a_file(state, True), lambda state: load(save(state))):
            for weight in target.parameters():
                nn.init.zeros_(weight)
            target.load_state_dict(carry(source.state_dict()))
            assert torch.equal(target(data())[0], source(data())[0])
        for weight in source.parameters():
            nn.init.normal_(weight)


def test_safetensors_of_a_model_with_tied_weights(tmp_path) -> None:
    model = Bare(bf.LSTM)
    model.second = bf.LSTM(8, 16, num_layers=2, batch_first=True)
    model.second.weight_hh_l0 = model.lstm.weight_hh_l0
    save_model(model, tmp_path / "model.safetensors")
    other = Bare()
    other.second = nn.LSTM(8, 16, num_layers=2, batch_first=True)
    other.second.weight_hh_l0 = other.lstm.weight_hh_l0
    load_model(other, tmp_path / "model.safetensors")
    assert torch.equal(other.second(data())[0], model.second(data())[0])
    model(data()).sum().backward()
    assert model.second.weight_hh_l0.grad is model.lstm.weight_hh_l0.grad is not None


class Halved(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight * 0.5


def changed_weights(way: str, model: nn.Module) -> nn.Module:
    if way == "parametrize":
        parametrize.register_parametrization(model.lstm, "weight_hh_l0", Halved())
    elif way == "weight_norm":
        parametrizations.weight_norm(model.lstm, "weight_hh_l0")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            nn.utils.weight_norm(model.lstm, "weight_hh_l0")
    return model


@pytest.mark.parametrize("way", ["parametrize", "weight_norm", "old weight_norm"])
@pytest.mark.parametrize("form", FORMS)
def test_parametrized_weights_are_used_and_their_module_still_checked(form: str, way: str) -> None:
    expected = changed_weights(way, bare())(data())
    with checked_in(form) as model:
        assert torch.equal(changed_weights(way, model)(data()), expected)
        if way == "old weight_norm":
            # It is a hook, which may change the arguments: where it came after the watch, ours steps behind it.
            with pytest.raises((RuntimeError, TypeError)):
                model(data(5, 6, 7))
        with pytest.raises(bf.LayoutError):
            model(data(5, 6, 7))
    with checked_in(form, batch_first=False) as wrong:
        changed_weights(way, wrong)
        if way == "old weight_norm" and form == "watched":
            wrong(data())
        with pytest.raises(bf.LayoutError) as error:
            wrong(data())
    assert error.value.finding.code == "BF101"
    findings = bf.audit(changed_weights(way, bare(batch_first=False)), data(), layout="batch seq features").findings
    assert findings[0].code == "BF101"
    assert "LSTM reads" in findings[0].summary
    assert bf.audit(changed_weights(way, bare()), data(), layout="batch seq features").ok


quantises = pytest.mark.filterwarnings(
    "ignore:.*torch.ao.quantization is deprecated", "ignore:.*torch.quantize_per_tensor"
)


def quantised(model: nn.Module, spec: object = None) -> nn.Module:
    return torch.ao.quantization.quantize_dynamic(model, spec, dtype=torch.qint8)


@quantises
@pytest.mark.parametrize("form", [form for form in FORMS if form != "wrapped"])
def test_torchs_lstm_is_quantised_under_a_check(form: str) -> None:
    with checked_in(form) as model:
        small = quantised(model)
        assert type(small.lstm) is torch.ao.nn.quantized.dynamic.LSTM
        assert torch.equal(small(data()), quantised(bare())(data()))
        assert torch.equal(model(data()), bare()(data()))
    with bf.watch(small, layout="batch seq features") as watched:
        small(data())
    assert not watched.findings


@quantises
def test_a_drop_in_says_that_quantisation_passes_it_by() -> None:
    for spec in (None, {nn.LSTM}, {"lstm": torch.ao.quantization.default_dynamic_qconfig}):
        with pytest.warns(bf.BatchfirstWarning, match=r"bf\.LSTM\.to_torch\(\)"):
            left = quantised(Bare(bf.LSTM), spec)
        assert type(left.lstm) is bf.LSTM
        assert not hasattr(left.lstm, "qconfig")
    quantised(Bare(bf.LSTM), {nn.Linear})  # nobody asked for the LSTM: no warning
    model = Bare(bf.LSTM)
    model.lstm = model.lstm.to_torch()
    assert type(quantised(model).lstm) is torch.ao.nn.quantized.dynamic.LSTM


@quantises
def test_an_audit_refuses_a_dynamically_quantised_model() -> None:
    # The scale of an input is taken over the whole batch: every sample changes every other one, and nothing is wrong.
    with pytest.raises(bf.UsageError, match="before quantize_dynamic"):
        bf.audit(quantised(bare()), data(), layout="batch seq features")
