"""Training in several processes, as `torchrun` starts them: each computes its share of every batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import BatchSampler


@dataclass(frozen=True, slots=True)
class Processes:
    """This process, `rank`, among `size`. Alone, nothing below changes anything."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes files and prints."""
        return self.rank == 0

    def together(self, model: nn.Module) -> nn.Module:
        """The model to train: its gradients become the mean over all processes."""
        return DistributedDataParallel(model) if self.size > 1 else model

    def share(self, samples: int) -> int:
        """How many of a batch's samples are this process's: rows rank, rank + size, … as DistributedSampler deals."""
        return len(range(self.rank, samples, self.size))

    def weight(self, samples: int) -> float:
        """What the mean over this share counts in the mean over the batch: 1 where all shares have one size."""
        return self.share(samples) * self.size / samples

    def mean(self, value: float, weight: float, stop: bool) -> tuple[float, bool]:
        """The mean over the batch, from those over the shares; and whether any process is to stop."""
        if self.size == 1:
            return value, stop
        both = torch.tensor([value * weight / self.size, float(stop)], dtype=torch.float64)
        distributed.all_reduce(both)
        return both[0].item(), bool(both[1])

    def any(self, here: bool) -> bool:
        """Whether it is so in any process."""
        return self.mean(0.0, 0.0, here)[1]


ALONE = Processes()


class Shares(BatchSampler):
    """The same batches in every process, of each of them the process's own rows."""

    def __init__(self, batches: BatchSampler, processes: Processes) -> None:
        self.batches, self.processes = batches, processes

    def __iter__(self) -> Iterator[list[int]]:
        for rows in self.batches:
            # With fewer rows than processes one goes along with a row of weight 0: the others wait for its gradients.
            yield rows[self.processes.rank :: self.processes.size] or rows[:1]

    def __len__(self) -> int:
        return len(self.batches)


@contextmanager
def joined() -> Iterator[Processes]:
    """The processes that torchrun has started, joined while the context lasts; this one alone where it has not."""
    if not distributed.is_available() or not distributed.is_torchelastic_launched():
        yield ALONE
        return
    distributed.init_process_group("gloo")
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
