"""Checks read shapes, never values: they start no operation, so that no device is ever waited for."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import torch
from tests.ecosystem.forms import FORMS, bare, checked_in, data
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import batchfirst as bf

# What makes the host wait for a device: a value that becomes a Python number, a shape that depends on values, a copy.
READING = ("_local_scalar_dense", "item", "is_nonzero", "equal", "nonzero", "_to_copy", "copy_", "masked_select")


class Operations(TorchDispatchMode):
    """Every operation of torch's, by name, while it is on."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def operations(model: nn.Module, x: Tensor) -> list[str]:
    """What `model(x)` starts, up to its error if it raises one."""
    with Operations() as seen, contextlib.suppress(bf.LayoutError):
        model(x)
    return seen.names


@pytest.mark.parametrize("form", FORMS)
def test_a_check_adds_no_operation_to_a_right_call(form: str) -> None:
    expected = operations(bare(), data())
    assert not set(READING) & set(expected)
    with checked_in(form) as model:
        assert operations(model, data()) == expected  # the first call, which is judged
        assert operations(model, data()) == expected  # and the one that is remembered


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(5, 6, 7), (5, 6), (5, 6, 8, 1)])
def test_a_check_reads_no_value_of_a_wrong_call_either(form: str, shape: tuple[int, ...]) -> None:
    with checked_in(form) as model:
        assert not set(READING) & set(operations(model, data(*shape)))
    with checked_in(form, batch_first=False) as model:
        assert not operations(model, data())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here: what waits for one cannot be seen")
@pytest.mark.parametrize("form", FORMS)
def test_no_check_waits_for_a_cuda_device(form: str) -> None:
    with checked_in(form) as model:
        model.to("cuda")
        x, wrong = data().to("cuda"), data(5, 6, 7).to("cuda")
        model(x)  # cuDNN sets itself up, which may wait
        torch.cuda.synchronize()
        torch.cuda.set_sync_debug_mode("error")
        try:
            with torch.cuda.stream(torch.cuda.Stream()):
                model(x)
                model(x[:3])
                with pytest.raises(bf.LayoutError):
                    model(wrong)
        finally:
            torch.cuda.set_sync_debug_mode("default")
