"""What an audit costs, in forwards of the model without it. The table of docs/audit.md is what this prints.

usage: python docs/benchmarks/audit_cost.py [--rounds N]

One process, one thread, no gradients in the bare forwards. Bare forwards and audits alternate, so that both see the
same machine; ratios are of medians. Exit status 1 where a limit is not kept.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

import batchfirst as bf


class Article(nn.Module):
    """The forecaster of the well-known article: (5, 30, 1) to (5, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 64, num_layers=5, batch_first=True)
        self.head = nn.Linear(64, 1)

    def forward(self, x: Tensor) -> Tensor:
        """x: float32 (batch, seq, 1); returns float32 (batch, 1)."""
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measured(model: nn.Module, x: Tensor, rounds: int, bare_each: int) -> tuple[float, float]:
    """Medians in seconds: (one bare forward, one audit). Each round is `bare_each` forwards, then one audit."""

    def bare() -> None:
        with torch.no_grad():
            model(x)

    def audited() -> None:
        assert bf.audit(model, x, layout="batch seq features").ok

    bare(), audited()  # what is done once in a process is not measured
    forwards, audits = [], []
    for _ in range(rounds):
        forwards += [seconds(bare) for _ in range(bare_each)]
        audits.append(seconds(audited))
    return statistics.median(forwards), statistics.median(audits)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21, help="audits of the small model; a fifth of the large one")
    rounds = parser.parse_args().rounds
    torch.manual_seed(0)
    torch.set_num_threads(1)

    forward, audit = measured(Article().eval(), torch.randn(5, 30, 1), rounds, 20)
    small = (audit - 0.050) / forward
    print("| model and input | one forward | one audit | ratio | limit |")
    print("|---|---|---|---|---|")
    print(
        f"| the article's: LSTM(1, 64, 5 layers) + Linear, 5 × 30 × 1 | {forward * 1e3:.2f} ms | {audit * 1e3:.0f} ms "
        f"| {audit / forward:.1f}; {max(small, 0):.1f} after 50 ms | 25 forwards + 50 ms |"
    )
    large_model = nn.LSTM(64, 512, num_layers=2, batch_first=True).eval()
    forward, audit = measured(large_model, torch.randn(256, 512, 64), max(1, rounds // 5), 1)
    large = audit / forward
    print(
        f"| LSTM(64, 512, 2 layers), 256 × 512 × 64 | {forward * 1e3:.0f} ms | {audit * 1e3:.0f} ms "
        f"| {large:.2f} | 3 forwards |"
    )
    print(f"\ntorch {torch.__version__}, {torch.get_num_threads()} thread, {rounds} rounds")
    return 0 if small <= 25 and large <= 3 else 1


if __name__ == "__main__":
    sys.exit(main())
