"""Where the audit takes its layouts from: the argument, the annotations of a checked forward, or an assumption."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

import batchfirst as bf

X = torch.randn(4, 7, 3)


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 5)
        self.head = nn.Linear(5, 1)

    def forward(self, x: Float[Tensor, "batch seq features"]) -> Float[Tensor, "batch 1"]:
        return self.head(self.lstm(x)[0][:, -1])


Checked = bf.checked(type("Checked", (Plain,), {"forward": Plain.forward}))


def test_annotations_of_a_checked_forward_are_taken() -> None:
    result = bf.audit(Checked(), X)
    assert [found.code for found in result.findings] == ["BF101"]
    assert result.findings[0].severity == "error"
    assert result.trace.remarks == ()


def test_the_argument_beats_the_annotation() -> None:
    assert bf.audit(Plain(), X, layout="seq batch features").findings[0].code == "BF303"


def test_what_rests_on_an_assumption_is_only_noted() -> None:
    result = bf.audit(Plain(), X)
    assert result.ok
    assert [(found.code, found.severity) for found in result.findings] == [("BF101", "note")]
    assert result.trace.remarks[0].startswith('no layout was given: assumed "batch seq features" for input 0')


def test_a_layout_with_another_number_of_axes_is_told() -> None:
    with pytest.raises(bf.UsageError) as caught:
        bf.audit(Plain(), X, layout="batch features")
    assert str(caught.value) == (
        "layout='batch features' is not valid; accepted: a layout with 3 axes: input 0 has shape (4, 7, 3)"
    )


def test_a_path_that_is_no_input_is_told() -> None:
    with pytest.raises(bf.UsageError) as caught:
        bf.audit(Plain(), X, layout={"x/tokens": "batch seq"})
    assert str(caught.value) == "layout={'x/tokens': 'batch seq'} is not valid; accepted: paths among 0"


def test_nested_inputs_are_named_by_paths() -> None:
    model = nn.LSTM(3, 5)

    def program(batch: dict[str, list[Tensor]]) -> Tensor:
        return model(batch["x"][0])[0]

    result = bf.audit(program, {"x": [X], "ids": [torch.arange(4)]}, layout={"0/x/*": "batch seq features"})
    assert result.findings[0].code == "BF101"


def test_what_cannot_be_called_is_told() -> None:
    with pytest.raises(bf.UsageError, match="model_or_function=3 is not valid"):
        bf.audit(3, X)  # type: ignore[arg-type]


def test_a_program_that_raises_is_explained() -> None:
    model = nn.LSTM(3, 5, batch_first=True)
    with pytest.raises(RuntimeError) as caught:
        bf.audit(lambda x: model(x, (torch.zeros(1, 9, 5), torch.zeros(1, 9, 5))), X, layout="batch seq features")
    assert any("BF203" in note for note in caught.value.__notes__)


def test_causal_is_measured_where_it_is_asked_for() -> None:
    model = nn.LSTM(3, 5, batch_first=True, bidirectional=True)
    assert bf.audit(lambda x: model(x)[0], X, layout="batch seq features").ok
    found = bf.audit(lambda x: model(x)[0], X, layout="batch seq features", causal=True).findings
    assert [one.code for one in found] == ["BF403"]
    forward = nn.LSTM(3, 5, batch_first=True)
    assert bf.audit(lambda x: forward(x)[0], X, layout="batch seq features", causal=True).ok


def test_large_inputs_are_cut() -> None:
    model = nn.LSTM(3, 5, batch_first=True)
    result = bf.audit(model, torch.randn(64, 100, 3), layout="batch seq features")
    assert result.ok
    assert result.trace.remarks == ("large inputs were cut to (5, 12, 3)",)


def test_a_batch_of_one_is_measured_as_three() -> None:
    result = bf.audit(nn.LSTM(3, 5), torch.randn(1, 7, 3), layout="batch seq features")
    assert result.findings[0].code == "BF101"
    assert result.trace.remarks == ("the batch of one was measured as a batch of three, with fresh samples",)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (torch.zeros(0, 7, 3), "inputs='0: shape (0, 7, 3)' is not valid; accepted: at least one sample and one step"),
        (torch.zeros(4, 7, 3, device="meta"), "inputs='0: a tensor on meta' is not valid; accepted: tensors with"),
        ("words", "inputs='0: str' is not valid; accepted: tensors, alone or in tuples, lists, dicts, dataclasses"),
    ],
    ids=["empty", "meta", "no tensor"],
)
def test_inputs_that_cannot_be_used_are_told(given: object, told: str) -> None:
    with pytest.raises(bf.UsageError) as caught:
        bf.audit(Plain(), given, layout="batch seq features")
    assert str(caught.value).startswith(told)


def test_a_model_on_meta_is_told() -> None:
    with pytest.raises(bf.UsageError, match="weight_ih_l0 is on meta"):
        bf.audit(nn.LSTM(3, 5, device="meta"), X, layout="batch seq features")


@pytest.mark.parametrize(
    ("given", "layout", "remark"),
    [
        (X, "time x y", "no batch axis is declared: whether samples mix was not measured"),
        (X[:, :1], "batch seq features", "the data have one step only: where time lies was not measured"),
        (torch.full((4, 7, 3), float("nan")), "batch seq features",
         "input 0 holds NaN: what NaN has spread to cannot show a change"),
    ],
    ids=["no batch", "one step", "NaN"],
)  # fmt: skip
def test_questions_that_stay_open_are_told(given: Tensor, layout: str, remark: str) -> None:
    result = bf.audit(nn.LSTM(3, 5, batch_first=True), given, layout=layout)
    assert result.ok
    assert remark in result.trace.remarks


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="layouts"):
        bf.audit(Plain(), X, layouts="batch seq features")  # type: ignore[call-arg]


def test_samples_may_be_compared_with_those_of_an_input_that_was_not_declared() -> None:
    gru, image = nn.GRU(3, 4, batch_first=True), nn.Linear(6, 4)

    def retrieval(x: Tensor, pixels: Tensor) -> Tensor:
        logits = gru(x)[0][:, -1] @ image(pixels).t()
        labels = torch.arange(len(x))
        return F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)

    def classes(x: Tensor) -> Tensor:
        return F.cross_entropy(gru(x)[0][:, -1].t(), torch.arange(4))

    x = torch.randn(4, 7, 3)
    assert bf.audit(retrieval, x, torch.randn(4, 6), layout="batch seq features").findings == ()
    assert [found.code for found in bf.audit(classes, x, layout="batch seq features").findings] == ["BF602"]
