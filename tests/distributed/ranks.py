"""What one rank does in test_torchrun.py: started by torchrun, it prints one line of JSON. No test by itself."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

import batchfirst as bf
from batchfirst.model.report import ReportBuilder
from batchfirst.session.reports import check_path, write_report

LAYOUT = "batch seq features"


class Model(nn.Module):
    """(batch, seq, 8) to (batch, 1)."""

    def __init__(self, kind: Callable[..., nn.Module] = nn.LSTM) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm = kind(8, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x: Tensor, state: Any = None) -> Tensor:
        output, _ = self.lstm(x, state)
        return self.head(output[:, -1])


class Decorated(Model):
    @bf.checked
    def forward(self, x: Float[Tensor, "batch seq 8"], state: Any = None) -> Float[Tensor, "batch 1"]:
        return super().forward(x, state)


def data(rank: int, samples: int = 4, features: int = 8) -> Tensor:
    return torch.randn(samples, 6, features, generator=torch.Generator().manual_seed(rank))


def trained(model: nn.Module, rank: int) -> list[float]:
    """The losses of three steps."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(data(rank)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def sharded(kind: Callable[..., nn.Module] = nn.LSTM) -> nn.Module:
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    model, mesh = Model(kind), init_device_mesh("cpu", (distributed.get_world_size(),))
    for part in (model.lstm, model.head, model):
        fully_shard(part, mesh=mesh)
    return model


def mistake(model: nn.Module, *args: Any) -> dict[str, Any]:
    """What this rank is told of a call."""
    try:
        model(*args)
    except bf.LayoutError as error:
        return {"code": error.finding.code, "rank": error.finding.rank, "text": str(error)}
    return {}


def right(rank: int) -> dict[str, Any]:
    """The losses of each way, beside those of the bare model."""
    found: dict[str, Any] = {"bare": trained(DistributedDataParallel(Model()), rank)}
    inside = DistributedDataParallel(Model())
    with bf.watch(inside.module, layout=LAYOUT) as of_inside:
        found["watched inside"] = trained(inside, rank)
    outside = DistributedDataParallel(Model())
    with bf.watch(outside, layout=LAYOUT) as of_outside:
        found["watched outside"] = trained(outside, rank)
    found["decorated"] = trained(DistributedDataParallel(Decorated()), rank)
    found["wrapped"] = trained(DistributedDataParallel(Model(bf.LSTM)), rank)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # FSDP2 warns of views that its modules return
        found["sharded bare"] = trained(sharded(), rank)
        shards = sharded()
        with bf.watch(shards, layout=LAYOUT) as of_shards:
            found["sharded"] = trained(shards, rank)
            found["sharded mistake"] = mistake(shards, data(rank, features=7))
        found["sharded wrapped"] = trained(sharded(bf.LSTM), rank)
    found["findings"] = [one.code for watch in (of_inside, of_outside) for one in watch.findings]
    found["calls"] = [len(watch.calls) for watch in (of_inside, of_outside, of_shards)]
    return found


def wrong(rank: int, folder: Path) -> dict[str, Any]:
    """A mistake on every rank, and one on rank 1 alone, recorded; and the report of all."""
    path = str(folder / "found.json")
    check_path(path, "report")
    both, alone = DistributedDataParallel(Model()), DistributedDataParallel(Model())
    builder = ReportBuilder(title="ranks.py")
    with bf.watch(both, layout="seq batch features", on_mismatch="record") as first:
        both(data(rank))
    state = (torch.zeros(1, 4, 16), torch.zeros(1, 4, 16))
    with bf.watch(alone, layout=LAYOUT) as second:
        told = mistake(alone, data(rank, samples=2 if rank else 4), state)
    for watch in (first, second):
        for finding in watch.findings:
            builder.add(finding)
        builder.calls += len(watch.calls)
    audited = bf.audit(Model(), data(rank), layout="seq batch features").findings[0]
    explained = None
    try:
        Model()(data(rank, features=7))
    except RuntimeError as error:
        explained = bf.explain(error).findings[0].rank
    distributed.barrier()
    written = write_report(builder.build(), path, "report", print)
    return {"told": told, "written": written, "audited": [audited.code, audited.rank], "explained": explained}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    distributed.init_process_group("gloo")
    number = distributed.get_rank()
    result = {**right(number), **wrong(number, folder)}
    (folder / f"rank{number}.json").write_text(json.dumps(result), "utf-8")
    distributed.destroy_process_group()
