"""Inputs of every form: where data lies in them, and what is said of those that cannot be used or measured."""

from __future__ import annotations

import collections
import dataclasses
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import batchfirst as bf

LAYOUT = "batch seq features"
X, MASK = torch.randn(4, 7, 3), torch.ones(4, 7, dtype=torch.bool)
SWAPPED, RIGHT = nn.LSTM(3, 5), nn.LSTM(3, 5, batch_first=True)


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: Tensor
    mask: Tensor
    total: int = dataclasses.field(init=False, default=3)

    def __post_init__(self) -> None:
        assert self.x.requires_grad is False, "built anew"


@dataclasses.dataclass(slots=True)
class Slots:
    x: Tensor


class Named(NamedTuple):
    x: Tensor
    mask: Tensor


class Witness:
    """What the runs of a program were given. Not a list: what a program appends to a list of its own is put back."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, one: Any) -> None:
        self.seen.append(one)


def swapped(x: Tensor) -> Tensor:
    return SWAPPED(x)[0]


NESTED: dict[str, tuple[Any, Callable[..., Tensor], Any]] = {
    "tuple": ((X, MASK), lambda given: swapped(given[0]), LAYOUT),
    "list": ([X, MASK], lambda given: swapped(given[0]), [LAYOUT]),
    "dict": ({"x": X, "mask": MASK}, lambda given: swapped(given["x"]), {"0/x": LAYOUT}),
    "numbered dict": ({1: X}, lambda given: swapped(given[1]), {"0/1": LAYOUT}),
    "defaultdict": (collections.defaultdict(list, x=X), lambda given: swapped(given["x"]), {"0/x": LAYOUT}),
    "user dict": (collections.UserDict(x=X), lambda given: swapped(given["x"]), {"0/x": LAYOUT}),
    "read-only mapping": (types.MappingProxyType({"x": X}), lambda given: swapped(given["x"]), {"0/x": LAYOUT}),
    "frozen dataclass": (Frozen(X, MASK), lambda given: swapped(given.x) + given.total, {"0/x": LAYOUT}),
    "dataclass with slots": (Slots(X), lambda given: swapped(given.x), {"0/x": LAYOUT}),
    "namedtuple": (Named(X, MASK), lambda given: swapped(given.x), {"0/x": LAYOUT}),
    "deep": ({"a": [(Named(X, MASK),)]}, lambda given: swapped(given["a"][0][0].x), {"0/a/0/0/x": LAYOUT}),
    "wildcards": (
        {"pi": {"a": X, "b": X + 1}, "vf": MASK},
        lambda given: swapped(given["pi"]["b"]),
        {"0/pi/*": LAYOUT},
    ),
    "wildcard, then none": ({"a": X, "b": X + 1}, lambda given: swapped(given["a"]), {"0/*": LAYOUT, "0/b": None}),
}


@pytest.mark.parametrize("kind", NESTED)
def test_data_is_found_in(kind: str) -> None:
    given, program, layout = NESTED[kind]
    result = bf.audit(program, given, layout=layout)
    assert [found.code for found in result.findings] == ["BF101"]


def test_data_in_a_tensordict() -> None:
    tensordict = pytest.importorskip("tensordict", reason="TensorDict is no requirement of ours")
    given = tensordict.TensorDict({"x": X, "deep": {"y": X + 1}}, batch_size=[4])
    assert bf.audit(lambda d: swapped(d["x"]), given, layout={"0/x": LAYOUT}).findings[0].code == "BF101"
    assert bf.audit(lambda d: swapped(d["deep", "y"]), given, layout={"0/deep/y": LAYOUT}).findings[0].code == "BF101"


def test_keywords() -> None:
    def program(*, x: Tensor, mask: Tensor) -> Tensor:
        return swapped(x) * mask[..., None]

    given = {"x": X, "mask": MASK}
    for layout in (LAYOUT, [LAYOUT], [LAYOUT, None], {"x": LAYOUT}):
        assert bf.audit(program, kwargs=given, layout=layout).findings[0].code == "BF101"  # type: ignore[arg-type]


def test_positions_count_what_is_no_tensor() -> None:
    result = bf.audit(lambda n, x: swapped(x) * n, 3, X, layout=[None, LAYOUT])
    assert result.findings[0].code == "BF101"
    assert bf.audit(lambda n, x: swapped(x) * n, 3, X, layout={"1": LAYOUT}).findings[0].code == "BF101"


def test_one_tensor_given_twice_is_one() -> None:
    witness = Witness()

    def program(a: Tensor, b: Tensor) -> Tensor:
        witness(a is b)
        return RIGHT(a)[0] + RIGHT(b)[0]

    assert bf.audit(program, X, X, layout=[LAYOUT, LAYOUT]).ok
    assert bf.audit(program, X, X, layout=[LAYOUT, None]).ok
    assert len(witness.seen) > 10
    assert all(witness.seen)


PACKED = pack_padded_sequence(X, torch.tensor([3, 7, 2, 5]), batch_first=True, enforce_sorted=False)


def test_packed_data_has_the_layout_of_what_it_packs() -> None:
    right = bf.audit(lambda packed: RIGHT(packed)[1][0][-1], PACKED, layout=LAYOUT)
    assert right.ok
    assert right.trace.batch == 4
    assert right.trace.seq == 7
    wrong = bf.audit(lambda packed: RIGHT(packed)[1][0][-1].softmax(0), PACKED, layout=LAYOUT)
    assert wrong.findings[0].code == "BF406"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_any_precision(dtype: torch.dtype) -> None:
    assert bf.audit(nn.LSTM(3, 5).to(dtype), X.to(dtype), layout=LAYOUT).findings[0].code == "BF101"
    assert bf.audit(nn.LSTM(3, 5, batch_first=True).to(dtype), X.to(dtype), layout=LAYOUT).ok


@pytest.mark.parametrize(
    "given",
    [
        torch.randint(0, 255, (4, 7, 3), dtype=torch.uint8), torch.rand(4, 7, 3) > 0.5, torch.zeros(4, 7, 3),
        torch.ones(4, 7, 3, dtype=torch.int32), X.where(X > -1, float("inf")), X.clone().requires_grad_(),
        nn.Parameter(X), X[:1].expand(4, 7, 3), X.transpose(0, 1).contiguous().transpose(0, 1),
        X.clone().requires_grad_() * 2,
    ],
    ids="uint8 bool constant int32 inf requires_grad parameter expanded strided non-leaf".split(),
)  # fmt: skip
def test_values_of_any_kind_can_be_changed(given: Tensor) -> None:
    assert bf.audit(lambda x: swapped(x.float()), given, layout=LAYOUT).findings[0].code == "BF101"
    assert bf.audit(lambda x: RIGHT(x.float())[0], given, layout=LAYOUT).ok


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("ids", ["largest", "smallest", "drawn", "padded"])
def test_ids_stay_in_the_range_of_their_embedding(dtype: torch.dtype, ids: str) -> None:
    embedding = nn.Embedding(10, 3, padding_idx=0)
    given = {
        "largest": torch.full((4, 7), 9), "smallest": torch.full((4, 7), 0), "drawn": torch.randint(0, 10, (4, 7)),
        "padded": torch.randint(1, 10, (4, 7)) * (torch.arange(7) < torch.tensor([[7], [3], [5], [2]])),
    }[ids].to(dtype)  # fmt: skip
    witness = Witness()

    def program(x: Tensor, lstm: nn.LSTM) -> Tensor:
        witness(x.flatten().tolist())
        return lstm(embedding(x))[0].sum(-1)

    assert bf.audit(program, given, SWAPPED, layout=["batch seq", None]).findings[0].code == "BF101"
    assert bf.audit(program, given, RIGHT, layout=["batch seq", None]).ok
    seen = {number for run in witness.seen for number in run}
    assert min(seen) >= 0
    assert max(seen) <= 9
    assert len(seen) > 2


def test_complex_data() -> None:
    lstm, given = nn.LSTM(6, 5), torch.complex(X, X + 1)
    result = bf.audit(lambda x: lstm(torch.view_as_real(x).flatten(2))[0], given, layout=LAYOUT)
    assert result.findings[0].code == "BF101"


# --- what cannot be used ---------------------------------------------------------------------------------------------

_NO_TENSORS = "tensors, alone or in tuples, lists, dicts, dataclasses; of NumPy's arrays torch.from_numpy makes some"
REFUSED: dict[str, tuple[tuple[Any, ...], dict[str, Any], str]] = {
    "another number of axes": (
        (X,), {"layout": "batch features"},
        "layout='batch features' is not valid; accepted: a layout with 3 axes: input 0 has shape (4, 7, 3)"),
    "another number of axes, packed": (
        (PACKED,), {"layout": "batch seq"},
        "layout='batch seq' is not valid; accepted: a layout with 3 axes: input 0 has shape (17, 3)"),
    "another size": (
        (X,), {"layout": "batch 9 features"},
        "layout='batch 9 features' is not valid; accepted: axis 1 (\"9\"): expected 9, given 7; shape (4, 7, 3) does "
        'not fit "batch 9 features" (input 0)'),
    "too many layouts": (
        (X,), {"layout": [LAYOUT, None]},
        "layout=['batch seq features', None] is not valid; accepted: at most one entry per input: there are 1"),
    "a layout for what is no tensor": (
        (X, 3), {"layout": [LAYOUT, LAYOUT]},
        "layout='batch seq features' is not valid; accepted: None for input 1, which holds no tensor"),
    "a layout that is none": (
        (X,), {"layout": 3},
        "layout=3 is not valid; accepted: a string, a sequence with one entry per input, or a mapping from paths"),
    "a path to nothing": (
        (X,), {"layout": {"1/x": LAYOUT}},
        "layout={'1/x': 'batch seq features'} is not valid; accepted: paths among 0"),
    "no tensor": ((3,), {"layout": LAYOUT}, f"inputs='0: int' is not valid; accepted: {_NO_TENSORS}"),
    "an array": (
        (X.numpy(),), {"layout": LAYOUT}, f"inputs='0: numpy.ndarray' is not valid; accepted: {_NO_TENSORS}"),
    "a sparse tensor": (
        (X.to_sparse(),), {"layout": LAYOUT},
        "inputs='0: a sparse tensor' is not valid; accepted: dense tensors: its axes have no fixed places"),
    "a tensor on meta": (
        (X.to("meta"),), {"layout": LAYOUT},
        "inputs='0: a tensor on meta' is not valid; accepted: tensors with values: a tensor on meta has none that "
        "could be changed"),
    "an empty batch": (
        (X[:0],), {"layout": LAYOUT},
        "inputs='0: shape (0, 7, 3)' is not valid; accepted: at least one sample and one step: an empty tensor has "
        "nothing to change"),
    "no steps": (
        (X[:, :0],), {"layout": LAYOUT},
        "inputs='0: shape (4, 0, 3)' is not valid; accepted: at least one sample and one step: an empty tensor has "
        "nothing to change"),
    "lengths of another batch": (
        (X,), {"layout": LAYOUT, "lengths": [7, 3]},
        "lengths=[7, 3] is not valid; accepted: 4 lengths: input 0 has 4 samples"),
    "lengths beyond the data": (
        (X,), {"layout": LAYOUT, "lengths": [7, 3, 9, 1]},
        "lengths=[7, 3, 9, 1] is not valid; accepted: lengths from 1 to 7: input 0 has 7 steps"),
    "lengths of nothing": (
        (X,), {"layout": LAYOUT, "lengths": [7, 3, 0, 1]},
        "lengths=[7, 3, 0, 1] is not valid; accepted: lengths from 1 to 7: input 0 has 7 steps"),
    "lengths that are no numbers": (
        (X,), {"layout": LAYOUT, "lengths": "long"},
        "lengths='long' is not valid; accepted: whole numbers, one for each sample: its real steps"),
    "lengths in parts": (
        (X,), {"layout": LAYOUT, "lengths": [1.5, 2, 3, 4]},
        "lengths=[1.5, 2, 3, 4] is not valid; accepted: whole numbers, one for each sample: its real steps"),
    "a seed that is no number": (
        (X,), {"layout": LAYOUT, "seed": "1"}, "seed='1' is not valid; accepted: a whole number"),
    "keywords without names": (
        (X,), {"layout": LAYOUT, "kwargs": [1]},
        "kwargs=[1] is not valid; accepted: a mapping from parameter names to values"),
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_used_is_named(reason: str) -> None:
    inputs, options, told = REFUSED[reason]
    with pytest.raises(bf.UsageError) as caught:
        bf.audit(RIGHT, *inputs, **options)
    assert str(caught.value) == told


def test_a_layout_that_cannot_be_read_shows_the_place() -> None:
    with pytest.raises(bf.LayoutSyntaxError) as caught:
        bf.audit(RIGHT, X, layout="batch (seq features")
    assert str(caught.value) == "`(` is never closed\n  batch (seq features\n        ^"


# --- what cannot be measured -----------------------------------------------------------------------------------------

REMARKED: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], str]] = {
    "nothing declared": (
        lambda x: RIGHT(x)[0], (X,), {"layout": [None]},
        "no input is declared to be data: nothing was changed, so nothing was measured"),
    "no inputs": (
        lambda: RIGHT(X)[0], (), {}, "no input is declared to be data: nothing was changed, so nothing was measured"),
    "no batch": (
        lambda x: RIGHT(x)[0], (X,), {"layout": "a seq features"},
        "no batch axis is declared: whether samples mix was not measured"),
    "one step": (
        lambda x: RIGHT(x)[0], (X[:, :1],), {"layout": LAYOUT},
        "the data have one step only: where time lies was not measured"),
    "NaN": (
        lambda x: RIGHT(x)[0], (X.where(X > 0, float("nan")),), {"layout": LAYOUT},
        "input 0 holds NaN: what NaN has spread to cannot show a change"),
    "one id": (
        lambda x: RIGHT(nn.functional.embedding(x, torch.ones(1, 3)))[0], (torch.zeros(4, 7, dtype=torch.int64),),
        {"layout": "batch seq"}, "input 0 has one possible value only: nothing of it could be changed"),
    "two batches": (
        lambda x, y: RIGHT(x)[0].sum() + y.sum(), (X, torch.randn(5, 2)), {"layout": [LAYOUT, "batch features"]},
        "the declared inputs have different numbers of samples: 4 in input 0, 5 in input 1"),
    "causal without time": (
        lambda x: RIGHT(x)[0], (X,), {"layout": "batch a features", "causal": True},
        "causal=True, but no seq axis is declared: whether a step depends on later ones was not measured"),
}  # fmt: skip


@pytest.mark.parametrize("reason", REMARKED)
def test_what_cannot_be_measured_is_remarked(reason: str) -> None:
    program, inputs, options, remark = REMARKED[reason]
    result = bf.audit(program, *inputs, **options)
    assert result.ok, str(result)
    assert remark in result.trace.remarks
    assert " ".join(remark.split()[:4]) in " ".join(str(result).split())


def test_a_batch_of_one_grows_with_its_lengths_and_masks() -> None:
    def program(x: Tensor, lengths: Tensor, mask: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return RIGHT(packed)[1][0][-1] * mask.any(1, keepdim=True)

    given = X[:1], torch.tensor([7]), MASK[:1]
    result = bf.audit(program, *given, layout=[LAYOUT, None, None])
    assert result.ok, str(result)
    assert result.trace.batch == 3
    wrong = bf.audit(lambda *inputs: program(*inputs).softmax(0), *given, layout=[LAYOUT, None, None])
    assert wrong.findings[0].code == "BF406"


def test_lengths_are_cut_with_large_data() -> None:
    lengths = torch.arange(64) % 40 + 1

    def program(x: Tensor) -> Tensor:
        return RIGHT(x)[0][:, -1]

    result = bf.audit(program, torch.randn(64, 100, 3), layout=LAYOUT, lengths=lengths)
    assert result.findings[0].code == "BF304"
    assert result.trace.remarks == ("large inputs were cut to (5, 12, 3)",)


def test_numbers_of_numpy_are_lengths_too() -> None:
    result = bf.audit(lambda x: RIGHT(x)[0][:, -1], X, layout=LAYOUT, lengths=np.array([7, 3, 5, 2]))  # type: ignore[arg-type]
    assert result.findings[0].code == "BF304"


def test_an_undeclared_input_with_the_batch_size_on_two_axes_is_not_cut() -> None:
    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 6, batch_first=True)

        def forward(self, x: Tensor, state: Tensor) -> Tensor:
            output: Tensor = self.gru(x, state.transpose(0, 1).contiguous())[0]
            return output

    result = bf.audit(Decoder(), torch.randn(6, 4, 3), torch.zeros(6, 1, 6), layout=["batch seq features", None])
    assert result.ok, result


def test_the_state_beside_a_packed_sequence_is_no_data_and_is_not_grown(capsys: pytest.CaptureFixture[str]) -> None:
    """Torch checks no state beside packed input: one with more rows than it has layers may end the process."""
    lstm = nn.LSTM(8, 4)

    def program(packed: PackedSequence, state: tuple[Tensor, Tensor]) -> Tensor:
        print(tuple(state[0].shape))
        return lstm(packed, state)[0].data

    packed = pack_padded_sequence(torch.randn(5, 3, 8), torch.tensor([5, 3, 2]))
    assert bf.audit(program, packed, (torch.zeros(1, 3, 4), torch.zeros(1, 3, 4))).trace.batch == 3
    assert set(capsys.readouterr().out.splitlines()) == {"(1, 3, 4)"}
    packed = pack_padded_sequence(torch.randn(5, 1, 8), torch.tensor([5]))
    bf.audit(program, packed, (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)), layout="batch seq features")
    assert set(capsys.readouterr().out.splitlines()) == {"(1, 1, 4)"}
