"""What checks cost, as ratios of one run. The table of docs/performance.md is what this prints.

usage: python docs/benchmarks/cost.py [--rounds N] [--memory CALLS]

One process, one thread, the same weights: what is compared runs in turns, few calls of each, in an order that changes
every round; a ratio is the median of the rounds' ratios. Times are those of the thread's CPU, so that what else the
machine does is left out as far as it can be; a first call of each turn is not counted. The first row compares a module
with itself: what it is off by, the others may be off by too. Exit status 1 where a limit is not kept.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from beartype import beartype
from jaxtyping import Float, jaxtyped
from torch import Tensor, nn

import batchfirst as bf

_SLICE = 0.001  # seconds of one turn
LAYOUT = "batch seq features"
Call = Callable[[], object]


class Model(nn.Module):
    """A recurrent module and a head: (batch, seq, features) to (batch, 1)."""

    def __init__(self, features: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """x: float32 (batch, seq, features); returns float32 (batch, 1)."""
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


def seconds(call: Call, times: int) -> float:
    start = time.thread_time()
    for _ in range(times):
        call()
    return (time.thread_time() - start) / times


def rounds_of(calls: list[Call], rounds: int) -> list[list[float]]:
    """Seconds per call, one list per call, one entry per round."""
    for call in calls:
        for _ in range(20):
            call()
    times = max(1, int(_SLICE / seconds(calls[0], 5)))
    measured: list[list[float]] = [[] for _ in calls]
    for number in range(rounds):
        order = range(len(calls)) if number % 2 else reversed(range(len(calls)))
        for place in order:
            calls[place]()
            measured[place].append(seconds(calls[place], times))
    return measured


def ratio(bare: Call, other: Call, rounds: int) -> tuple[float, float]:
    """The median ratio of `other` to `bare`, and the median of `bare` in microseconds."""
    one, two = rounds_of([bare, other], rounds)
    return statistics.median(b / a for a, b in zip(one, two, strict=True)), statistics.median(one) * 1e6


def twin(module: nn.Module) -> nn.Module:
    """Another module with the very same parameters: where weights lie in memory is no part of the comparison."""
    other = copy.deepcopy(module)
    for part, known in zip(other.modules(), module.modules(), strict=True):
        for name, parameter in known._parameters.items():
            setattr(part, name, parameter)
    return other


def on(module: nn.Module, x: Tensor) -> Call:
    return lambda: module(x)


def training(module: nn.Module, x: Tensor) -> Call:
    def step() -> None:
        module.zero_grad()
        module(x)[0].square().mean().backward()

    return step


def function(
    x: Float[Tensor, "batch seq features"], h: Float[Tensor, "layers batch hidden"], w: Float[Tensor, "features hidden"]
) -> Float[Tensor, "batch hidden"]:
    """Three annotated tensors and a result, and next to nothing to do."""
    return h[0]


def drop_in_rows(rounds: int) -> list[tuple[str, str, float, float, float | None]]:
    module, x = nn.LSTM(1, 8), torch.randn(1, 1, 1)
    with torch.inference_mode():
        same = ratio(on(module, x), on(module, x), rounds)
    rows: list[tuple[str, str, float, float, float | None]] = [
        ("`nn.LSTM` to itself", "1 × 1 × 1, hidden 8", *same, None)
    ]
    for told, shape, options in (
        ("1 × 1 × 1, hidden 8", (1, 1, 1), dict(hidden_size=8)),
        ("5 × 30 × 1, hidden 64, 5 layers", (5, 30, 1), dict(hidden_size=64, num_layers=5)),
        ("32 × 30 × 8, hidden 64, 2 layers", (32, 30, 8), dict(hidden_size=64, num_layers=2)),
    ):
        theirs = nn.LSTM(shape[-1], batch_first=True, **options)
        ours, x = bf.LSTM.from_torch(theirs), torch.randn(shape)
        with torch.inference_mode():
            rows.append(("`bf.LSTM` to `nn.LSTM`", told, *ratio(on(theirs, x), on(ours, x), rounds), 1.0))
        if shape[0] == 32:
            measured = ratio(training(theirs, x), training(ours, x), rounds)
            rows.append(("the same, a training step", told, *measured, 1.0))
    return rows


def watch_rows(rounds: int) -> list[tuple[str, str, float, float, float | None]]:
    rows: list[tuple[str, str, float, float, float | None]] = []
    tiny, x = "1 × 1 × 1, hidden 8", torch.randn(1, 1, 1)
    cases: list[tuple[str, str, Callable[[], nn.Module], Tensor, str | None, float | None]] = [
        ("`nn.LSTM`", tiny, lambda: nn.LSTM(1, 8, batch_first=True), x, None, 1.08),
        ("`nn.LSTM`, with a layout", tiny, lambda: nn.LSTM(1, 8, batch_first=True), x, LAYOUT, 1.08),
        ("LSTM and Linear", tiny, lambda: Model(1, 8, 1), x, None, 1.08),
        ("LSTM and Linear, with a layout", tiny, lambda: Model(1, 8, 1), x, LAYOUT, 1.08),
        ("the article's", "5 × 30 × 1, hidden 64, 5 layers", lambda: Model(1, 64, 5), torch.randn(5, 30, 1), LAYOUT,
         1.01),
    ]  # fmt: skip
    for told, call, make, given, layout, limit in cases:
        bare = make()
        watched = twin(bare)
        with torch.inference_mode(), bf.watch(watched, layout):
            measured = ratio(on(bare, given), on(watched, given), rounds)
        rows.append((f"`bf.watch` on {told}, to bare", call, *measured, limit))
    for told, bare, given in (("LSTM and Linear", Model(1, 8, 1), x), ("the article's", Model(1, 64, 5), cases[-1][3])):
        hooked = twin(bare)
        for part in hooked.modules():
            part.register_forward_pre_hook(lambda module, args: None)
        with torch.inference_mode():
            measured = ratio(on(bare, given), on(hooked, given), rounds)
        rows.append((f"for comparison: an empty hook of torch's on each module of {told}", "the same", *measured, None))
    return rows


def decorator_row(rounds: int) -> tuple[str, str, float, float, float]:
    theirs, ours = jaxtyped(function, typechecker=beartype), bf.checked(function)
    x, h, w = torch.randn(5, 7, 3), torch.randn(2, 5, 4), torch.randn(3, 4)
    calls: list[Call] = [lambda: function(x, h, w), lambda: theirs(x, h, w), lambda: ours(x, h, w)]
    bare, full, checked = rounds_of(calls, rounds)
    of_theirs = statistics.median(b - a for a, b in zip(bare, full, strict=True))
    of_ours = statistics.median(b - a for a, b in zip(bare, checked, strict=True))
    told = "what `@bf.checked` adds, to what `jaxtyped(typechecker=beartype)` adds"
    return told, "three annotated tensors and a result", of_ours / of_theirs, of_theirs * 1e6, 0.20


def import_seconds(rounds: int) -> float:
    """Seconds of CPU that `import batchfirst` takes in a fresh interpreter; it must not import torch."""
    code = (
        "import time, sys; start = time.process_time(); import batchfirst; end = time.process_time();"
        "assert 'torch' not in sys.modules; print(end - start)"
    )
    run = [sys.executable, "-c", code]
    found = [float(subprocess.run(run, capture_output=True, text=True, check=True).stdout) for _ in range(rounds)]
    return statistics.median(found)


def switched_off() -> bool:
    """Whether with BATCHFIRST=off the decorator gives the function itself and a watch puts no hook."""
    before, os.environ["BATCHFIRST"] = os.environ.get("BATCHFIRST"), "off"
    try:
        model = Model(1, 8, 1)
        with bf.watch(model, layout=LAYOUT):
            hooks = [len({**part._forward_pre_hooks, **part._forward_hooks}) for part in model.modules()]
            kinds = {type(part._forward_pre_hooks) for part in model.modules()}
        return bf.checked(function) is function and not any(hooks) and len(kinds) == 1
    finally:
        del os.environ["BATCHFIRST"]
        if before is not None:
            os.environ["BATCHFIRST"] = before


def resident() -> int:
    """Bytes of memory that the process has resident."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def memory_growth(calls: int) -> int:
    """Bytes by which the process grows over watched calls of 2,000 shapes, after as many to warm up."""
    model, data = Model(1, 1, 1), torch.randn(50, 40, 1)
    with torch.inference_mode(), bf.watch(model, layout=LAYOUT) as watched:
        start = 0
        for number in range(calls + 20_000):
            if number == 20_000:
                start = resident()
            model(data[: 1 + number % 50, : 1 + number // 50 % 40])
        grown = resident() - start
        assert not watched.findings
    return grown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2001)
    parser.add_argument("--memory", type=int, default=0, metavar="CALLS", help="also make this many watched calls")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    kept = True
    print("| what | call | bare, or theirs | ratio | at most |")
    print("|---|---|---|---|---|")
    for what, call, found, bare, limit in (
        *drop_in_rows(given.rounds), *watch_rows(given.rounds), decorator_row(given.rounds)
    ):  # fmt: skip
        kept = kept and (limit is None or round(found, 2) <= limit)
        print(f"| {what} | {call} | {bare:.0f} µs | {found:.2f} | {'' if limit is None else f'{limit:.2f}'} |")
    imported, off = import_seconds(21), switched_off()
    print(f"| `import batchfirst` | a fresh interpreter, no torch | | {imported * 1e3:.1f} ms | 15 ms |")
    print(f"| `BATCHFIRST=off` | the function itself, no hook | | {'yes' if off else 'no'} | yes |")
    kept = kept and imported <= 0.015 and off
    if given.memory:
        grown = memory_growth(given.memory)
        kept = kept and grown < 1_000_000
        print(f"| memory | {given.memory:,} watched calls of 2,000 shapes | | {grown / 1e6:+.2f} MB | 1 MB |")
    print(f"\ntorch {torch.__version__}, {torch.get_num_threads()} thread, {given.rounds} rounds")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
