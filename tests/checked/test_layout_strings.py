"""`@bf.checked("batch seq features -> batch horizon")`: layout strings instead of annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

import batchfirst as bf
from batchfirst.frontends.decorator_layout import read_layout


@pytest.fixture(autouse=True)
def _no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATCHFIRST", raising=False)


def broken(call: Callable[[], Any]) -> str:
    with pytest.raises(TypeError) as caught:
        call()
    assert isinstance(caught.value, bf.LayoutError), caught.value
    assert caught.value.finding.code == "BF001"
    return caught.value.finding.summary


@bf.checked("batch seq features -> batch 2")
class Forecaster(nn.Module):
    """The decorator on a class."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        self.gru, self.head = nn.GRU(3, 4, batch_first=batch_first), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(x)[0][:, -1])  # type: ignore[no-any-return]


def test_a_class() -> None:
    model = Forecaster()
    for _ in range(2):
        model(torch.zeros(5, 7, 3))
        assert broken(lambda: model(torch.zeros(5, 7))) == "x of Forecaster.forward has 2 axes, declared with 3"
    with pytest.raises(RuntimeError) as caught:
        Forecaster(batch_first=False)(torch.zeros(5, 7, 3))
    assert isinstance(caught.value, bf.LayoutError)
    assert caught.value.finding.code == "BF101"


def test_several_inputs_and_results() -> None:
    @bf.checked("batch seq features, , batch -> batch, ")
    def both(x: Any, flag: bool, y: Any, extra: int = 0) -> Any:
        return (x[:, 0, 0], "anything") if flag else (x[0, :, 0], "anything")

    for _ in range(2):
        both(torch.zeros(5, 7, 3), True, torch.zeros(5))
        assert broken(lambda: both(torch.zeros(5, 7, 3), True, torch.zeros(7))) == (
            'y of both has shape (7,), declared "batch"'
        )
        assert "the result" in broken(lambda: both(torch.zeros(5, 7, 3), False, torch.zeros(5)))
        broken(lambda: both(torch.zeros(5, 7, 3), True, None))
        broken(lambda: both(torch.zeros(5, 7, 3), True, torch.zeros(5), "ordinary annotations are checked too"))  # type: ignore[arg-type]


def test_inputs_only_and_results_only() -> None:
    @bf.checked("batch seq")
    def first(x: Any) -> Any:
        return x[0]

    @bf.checked("-> batch seq")
    def second(x: Any) -> Any:
        return x

    first(torch.zeros(5, 7))
    broken(lambda: first(torch.zeros(5)))
    second(torch.zeros(5, 7))
    broken(lambda: second(torch.zeros(5)))


def test_none_arrays_and_packed_sequences() -> None:
    numpy = pytest.importorskip("numpy")

    @bf.checked("batch seq features, layers batch hidden")
    def take(x: Any, h: Any = None) -> None:
        """Nothing."""

    for _ in range(2):
        take(torch.zeros(5, 7, 3))
        take(numpy.zeros((5, 7, 3)), None)
        take(pack_sequence([torch.zeros(7, 3)]))
        broken(lambda: take(None))
        broken(lambda: take(numpy.zeros((5, 7))))
        broken(lambda: take(torch.zeros(5, 7, 3), torch.zeros(1, 7, 3)))


def test_folded_axes() -> None:
    @bf.checked("batch seq features -> (batch seq) features")
    def fold(x: Any, rows: int) -> Any:
        return x.new_zeros(rows, x.shape[-1])

    @bf.checked("(batch seq) features, batch -> batch seq features")
    def unfold(x: Any, y: Any) -> Any:
        return x.reshape(len(y), -1, x.shape[-1])

    for _ in range(2):
        fold(torch.zeros(5, 7, 3), 35)
        broken(lambda: fold(torch.zeros(5, 7, 3), 34))
        unfold(torch.zeros(35, 3), torch.zeros(5))


def test_attributes_symbols_and_fixed_sizes() -> None:
    class Model(nn.Module):
        horizon = 2

        @bf.checked("batch seq features=3 -> batch {self.horizon} seq+1")
        def forward(self, x: Any) -> Any:
            return torch.zeros(x.shape[0], 2, x.shape[1] + 1)

    model = Model()
    for _ in range(2):
        model(torch.zeros(5, 7, 3))
        broken(lambda: model(torch.zeros(5, 7, 4)))
    model.horizon = 3
    broken(lambda: model(torch.zeros(5, 7, 3)))


def test_static_methods_and_generators() -> None:
    class Tools:
        @staticmethod
        @bf.checked("batch seq -> seq")
        def first(x: Any) -> Any:
            return x[0]

    Tools.first(torch.zeros(5, 7))
    broken(lambda: Tools.first(torch.zeros(5)))

    @bf.checked("rows seq")
    def parts(x: Any) -> Iterator[Any]:
        yield from x

    assert len(list(parts(torch.zeros(5, 7)))) == 5
    broken(lambda: parts(torch.zeros(5)))


def test_one_letter_roles_count_in_a_layout_string() -> None:
    model = nn.GRU(3, 4)

    @bf.checked("n t d")
    def run(x: Any) -> None:
        model(x)

    with pytest.raises(bf.LayoutError) as caught:
        run(torch.zeros(5, 7, 3))
    assert caught.value.finding.code == "BF101"


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("batch seq -> batch -> seq", "`->` stands once: inputs before it, results behind it", 19),
        ("batch seq, batch# -> seq", "`#` stands before the name, as in `#batch`", 16),
        ("batch seq -> batch (seq", "`(` is never closed", 19),
    ],
)
def test_a_bad_layout_is_told_when_the_decorator_runs(text: str, message: str, caret: int) -> None:
    with pytest.raises(bf.LayoutSyntaxError) as caught:
        bf.checked(text)
    assert str(caught.value) == f"{message}\n  {text}\n  {' ' * caret}^"


def test_more_layouts_than_parameters() -> None:
    with pytest.raises(bf.UsageError) as caught:

        @bf.checked("batch seq, batch, seq -> batch")
        def two(x: Any, y: Any) -> None:
            """Nothing."""

    assert str(caught.value) == (
        "layout='batch seq, batch, seq -> batch' is not valid; accepted: at most 2 inputs, as the function has: x, y"
    )


def test_commas_and_arrows_inside_brackets_belong_to_their_axis() -> None:
    found = read_layout("batch min(a,b) -> batch {f(1,2)}")
    assert [layout.names for layout in found.inputs if layout] == [("batch", "min(a,b)")]


class Renamed(nn.Module):
    """Its methods name their object as they like; a static one has none."""

    def __init__(this) -> None:
        super().__init__()
        this.lstm = nn.LSTM(3, 4)

    @bf.checked("batch seq features -> batch hidden")
    def forward(this, x: Tensor) -> Tensor:
        return this.lstm(x)[0][:, -1]  # type: ignore[no-any-return]

    @staticmethod
    @bf.checked("batch features -> batch")
    def total(x: Tensor) -> Tensor:
        return x.sum(1)


def test_a_method_may_name_its_object_as_it_likes() -> None:
    model = Renamed()
    for _ in range(2):
        with pytest.raises(bf.LayoutError, match="BF101"):
            model(torch.randn(2, 5, 3))
        assert model.total(torch.ones(2, 3)).shape == (2,)
        with pytest.raises(bf.LayoutError, match=r"x of Renamed\.total has 3 axes, declared with 2"):
            model.total(torch.ones(2, 3, 4))
