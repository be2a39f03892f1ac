"""What DataLoaders tell of their batches: BF101 where it is certain, silence where it is not, and nothing changed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import BatchSampler, DataLoader, Dataset, IterableDataset, RandomSampler, TensorDataset

from batchfirst.session.loaded import LoadedEverywhere

BATCH, SEQ, FEATURES = 4, 7, 3
X, Y = torch.randn(12, SEQ, FEATURES), torch.randn(12, 1)
PAIRS = TensorDataset(X, Y)


class Net(nn.Module):
    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.embed = nn.Linear(FEATURES, FEATURES)
        self.lstm = nn.LSTM(FEATURES, 5, batch_first=batch_first)

    def forward(self, x: Tensor, state: Any = None) -> Any:
        return self.lstm(self.embed(x), state)[0]


class Steps(IterableDataset[Tensor]):
    def __iter__(self) -> Iterator[Tensor]:
        return iter(X)


class Unequal(Dataset[Any]):
    """Series of different lengths, as lists of numbers."""

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> dict[str, Any]:
        length = 3 + index % 3
        return {"values": X[index, :length].tolist(), "series": X[index, :length], "label": index}


def on_axis_1(batch: list[Any]) -> Tensor:
    return torch.stack([x for x, _ in batch], 1)


def padded(batch: list[Any], batch_first: bool = False) -> Tensor:
    return pad_sequence([item["series"] for item in batch], batch_first=batch_first)


def padded_in_front(batch: list[Any]) -> Tensor:
    longest = max(len(item["series"]) for item in batch)
    fill = [nn.functional.pad(item["series"], (0, 0, longest - len(item["series"]), 0)) for item in batch]
    return torch.stack(fill, 1)


def summed(batch: list[Any]) -> Tensor:
    return torch.stack([x + 1 for x, _ in batch])


def folded(batch: list[Any]) -> Tensor:
    """(seq, batch*…): no axis is the batch."""
    return torch.cat([x[:, :1] for x, _ in batch], 1)[:, :FEATURES].unsqueeze(0)


@contextmanager
def watching(**options: Any) -> Iterator[LoadedEverywhere]:
    watch = LoadedEverywhere("record", **options)
    try:
        yield watch
    finally:
        watch.stop()


def codes(loader: DataLoader[Any], batch_first: bool, way: Callable[[Any], Any] = lambda x: x) -> list[str]:
    """What is found when a model is fed from the loader."""
    model = Net(batch_first)
    with watching() as watch:
        for batch in loader:
            x = batch[0] if isinstance(batch, (list, tuple)) else batch
            with torch.no_grad():
                model(way(x))
    return [found.code for found in watch.findings if found.severity != "note"]


@pytest.mark.parametrize(
    "loader",
    [
        lambda: DataLoader(PAIRS, BATCH),
        lambda: DataLoader(PAIRS, BATCH, shuffle=True),
        lambda: DataLoader(PAIRS, batch_sampler=BatchSampler(RandomSampler(PAIRS), BATCH, drop_last=True)),
        lambda: DataLoader(Steps(), BATCH),
        lambda: DataLoader(PAIRS, 5),  # the last batch is smaller
    ],
    ids=["in-order", "shuffled", "batch-sampler", "iterable", "partial"],
)
def test_the_default_collate_function_stacks_on_axis_0(loader: Callable[[], DataLoader[Any]]) -> None:
    assert codes(loader(), batch_first=False) == ["BF101"]
    assert codes(loader(), batch_first=True) == []


@pytest.mark.parametrize(
    ("way", "batch_first"),
    [
        (lambda x: x.transpose(0, 1), False),
        (lambda x: x.permute(1, 0, 2), False),
        (lambda x: x.transpose(0, 1).contiguous(), False),
        (lambda x: x.to("cpu").float(), True),
        (lambda x: x.transpose_(0, 1), False),  # in place: the tensor stays the same one
        (lambda x: x.double().float().transpose(0, 1), False),
    ],
)
def test_what_the_script_does_to_a_batch_is_followed_or_ends_what_is_known(way: Any, batch_first: bool) -> None:
    assert codes(DataLoader(PAIRS, BATCH), batch_first, way) == []


def test_an_axis_exchanged_for_no_reason_is_found() -> None:
    assert codes(DataLoader(PAIRS, BATCH), True, lambda x: x.transpose(0, 1)) == ["BF101"]


def test_a_copy_of_another_dtype_is_known_again() -> None:
    doubles = TensorDataset(X.double())
    assert codes(DataLoader(doubles, BATCH), False, lambda x: x.float()) == ["BF101"]


def test_a_copy_that_could_as_well_be_transposed_is_not() -> None:
    same = TensorDataset(torch.zeros(12, BATCH, FEATURES, dtype=torch.float64))
    assert codes(DataLoader(same, BATCH), False, lambda x: x.transpose(0, 1).float()) == []


def test_rows_in_order_may_be_the_steps_of_one_series() -> None:
    rows = TensorDataset(torch.randn(20, FEATURES))
    assert codes(DataLoader(rows, 10), False) == []
    assert codes(DataLoader(rows, 10, shuffle=True), False) == ["BF102"]
    one_series = TensorDataset(torch.randn(20, 1, FEATURES))
    assert codes(DataLoader(one_series, 10), False) == []
    assert codes(DataLoader(one_series, 10, shuffle=True), False) == ["BF103"]


def test_who_gives_a_state_has_said_which_axis_is_the_batch() -> None:
    model = Net(False)  # reads chunks of steps: the loader's rows are in order
    with watching() as watch:
        state = None
        for (x,) in DataLoader(TensorDataset(torch.randn(20, BATCH, FEATURES)), 10):
            with torch.no_grad():
                if state is None:
                    state = (torch.zeros(1, BATCH, 5), torch.zeros(1, BATCH, 5))
                model(x, state)
    assert watch.findings == ()


def test_without_automatic_batching_nothing_is_known() -> None:
    whole = DataLoader(TensorDataset(X.unsqueeze(0)), batch_size=None)
    assert codes(whole, batch_first=False) == []
    assert codes(DataLoader(Steps(), batch_size=None), False, lambda x: x.unsqueeze(1)) == []


@pytest.mark.parametrize(
    ("data", "collate", "wrong"),
    [
        (PAIRS, on_axis_1, True),
        (Unequal(), padded, True),
        (Unequal(), padded_in_front, True),
        (Unequal(), lambda batch: padded(batch, batch_first=True), False),
        (Unequal(), lambda batch: pad_sequence([torch.tensor(item["values"]) for item in batch]), True),
        (PAIRS, lambda batch: torch.utils.data.default_collate(batch), False),
    ],
)
def test_a_collate_function_of_the_users_is_observed(data: Any, collate: Any, wrong: bool) -> None:
    assert codes(DataLoader(data, BATCH, collate_fn=collate), batch_first=wrong) == ["BF101"]
    assert codes(DataLoader(data, BATCH, collate_fn=collate), batch_first=not wrong) == []


@pytest.mark.parametrize("collate", [summed, folded])
@pytest.mark.parametrize("batch_first", [True, False])
def test_nothing_is_said_where_the_samples_are_not_found(collate: Any, batch_first: bool) -> None:
    assert codes(DataLoader(PAIRS, BATCH, collate_fn=collate), batch_first) == []


def test_batches_random_numbers_and_torch_itself_are_as_without_us() -> None:
    def draw() -> list[Any]:
        torch.manual_seed(0)
        loader = DataLoader(PAIRS, BATCH, shuffle=True, collate_fn=list)
        return [*loader, torch.rand(1)]

    plain = draw()
    names = ("_get_iterator", "__next__")
    kinds = (DataLoader, torch.utils.data.dataloader._BaseDataLoaderIter)
    before = [getattr(kind, name) for kind, name in zip(kinds, names, strict=True)]
    with watching():
        watched = draw()
    assert [getattr(kind, name) for kind, name in zip(kinds, names, strict=True)] == before
    torch.testing.assert_close(watched, plain, rtol=0, atol=0)


def test_workers_hand_on_what_they_saw() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12
        loader = DataLoader(PAIRS, BATCH, collate_fn=on_axis_1, num_workers=2, persistent_workers=True)
        assert codes(loader, batch_first=True) == ["BF101"]
        del loader


def test_an_error_in_a_collate_function_is_its_own() -> None:
    def broken(batch: list[Any]) -> Tensor:
        raise KeyError("weights")

    with watching(), pytest.raises(KeyError, match="weights"):
        next(iter(DataLoader(PAIRS, BATCH, collate_fn=broken)))


def test_a_declared_layout_beats_what_the_loader_tells() -> None:
    from batchfirst.model.layout import Layout

    model = Net(False)
    with watching(layout=Layout.parse("seq batch features")) as watch:
        for x, _ in DataLoader(PAIRS, BATCH):
            with torch.no_grad():
                model(x)
    assert watch.findings == ()
