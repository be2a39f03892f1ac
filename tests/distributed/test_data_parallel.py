"""nn.DataParallel: its replicas are checked, and what it splits is compared with what was declared.

Without CUDA devices it splits nothing: its replicas are made here by its own means, and its devices are stated.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import batchfirst as bf

LAYOUT = "seq batch features"


class Model(nn.Module):
    """(seq, batch, 8) to (batch, 1)."""

    def __init__(self, kind: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.lstm = kind(8, 16)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> Tensor:
        output, _ = self.lstm(x, state)
        return self.head(output[-1])


def replica(module: nn.Module) -> nn.Module:
    """As torch.nn.parallel.replicate makes it: weights are plain tensors that lead back to the module's."""
    made = module._replicate_for_data_parallel()
    for name, child in module._modules.items():
        made._modules[name] = replica(child)
    for name, weight in module._parameters.items():
        setattr(made, name, weight.clone())
    return made


def in_threads(calls: list[Callable[[], Tensor]]) -> list[Tensor | Exception]:
    results: list[Tensor | Exception] = [torch.empty(0)] * len(calls)

    def run(number: int) -> None:
        try:
            results[number] = calls[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("kind", [nn.LSTM, bf.LSTM])
def test_replicas_are_checked_each_in_its_thread(kind: Callable[..., nn.Module]) -> None:
    model, x = Model(kind), torch.randn(6, 4, 8)
    fitting, whole = (torch.zeros(1, 2, 16),) * 2, (torch.zeros(1, 4, 16),) * 2
    with bf.watch(model, layout=LAYOUT) as watched:
        replicas = [replica(model), replica(model)]
        shares = x.split(2, dim=1)
        filters = list(warnings.filters)
        right = in_threads([lambda r=r, s=s: r(s, fitting) for r, s in zip(replicas, shares, strict=True)])
        assert [result for result in right if isinstance(result, Exception)] == []
        assert torch.equal(torch.cat(right), torch.cat([model(share, fitting) for share in shares]))
        torch.cat(right).sum().backward()
        assert model.lstm.weight_hh_l0.grad is not None
        assert not watched.findings
        errors = in_threads([lambda r=r, s=s: r(s, whole) for r, s in zip(replicas, shares, strict=True)])
    assert warnings.filters == filters
    for error in errors:
        assert isinstance(error, bf.LayoutError), repr(error)
        assert error.finding.code == "BF203"
        assert any("one replica's share of the batch" in note for note in error.finding.notes)


def parallel(dim: int, devices: list[int]) -> nn.DataParallel:
    model = nn.DataParallel(nn.LSTM(8, 16, batch_first=dim == 0))
    model.dim, model.device_ids = dim, devices
    return model


WRONG = [(LAYOUT, 0, 1), (LAYOUT, -1, 1), ("batch seq features", 1, 0), ("batch seq features", 2, 0)]


@pytest.mark.parametrize(("layout", "dim", "batch"), WRONG)
def test_a_split_of_another_axis_than_the_batch_is_found(layout: str, dim: int, batch: int) -> None:
    model = parallel(dim, [0, 1])
    with bf.watch(model, layout=layout), pytest.raises(bf.LayoutError) as error:
        model(torch.randn(6, 4, 8))  # raised before torch looks for the devices
    found = error.value.finding
    assert found.code == "BF409"
    assert f"dim={batch})" in found.fix.text
    assert bool(found.effects) == (dim in (0, 1))  # time alone has a memory that is cut


@pytest.mark.parametrize(("layout", "dim", "devices"), [
    (LAYOUT, 1, [0, 1]), ("batch seq features", 0, [0, 1]), (LAYOUT, 0, [0]), (LAYOUT, 0, []),
    ("... features", 0, [0, 1]),
])  # fmt: skip
def test_a_split_of_the_batch_and_no_split_are_right(layout: str, dim: int, devices: list[int]) -> None:
    model = parallel(dim, devices)
    model.forward = model.module.forward  # no devices here: the splitting itself is left out
    with bf.watch(model, layout=layout, on_mismatch="record") as watched:
        model(torch.randn(6, 4, 8))
    assert "BF409" not in [found.code for found in watched.findings]


def test_a_warning_of_scattered_weights_is_no_mistake() -> None:
    # cuDNN alone issues it, so its text is quoted here.
    warning = UserWarning(
        "RNN module weights are not part of single contiguous chunk of memory. This means they need to be compacted "
        "at every call, possibly greatly increasing memory usage. To compact weights again call flatten_parameters()."
    )
    explanation = bf.explain(warning)
    assert explanation.findings == ()
    assert explanation.text.startswith("no layout mistake: the results are right")
    assert "flatten_parameters()" in explanation.text
