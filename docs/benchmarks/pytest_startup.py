"""What the installed plugin adds to a session that does not use it. The line of docs/pytest.md is what this prints.

usage: python docs/benchmarks/pytest_startup.py [--rounds N]

`pytest --collect-only` of an empty folder, in a process of its own each time, with the plugin and with
`-p no:batchfirst`, in pairs: the order changes from pair to pair, so that both see the same machine. Printed are, of
the wall and of the processor's time, the medians, their ratio, and the median of the pairs' differences with the
quartiles. Exit status 1 where the difference in the processor's time, which other work on the machine disturbs less, is
beyond 10 ms.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 0.010
WITHOUT = ("-p", "no:batchfirst")


def seconds(folder: str, *arguments: str) -> tuple[float, float]:
    """One session's time: (of the wall, of the processor)."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 5, done.stdout + done.stderr  # no tests collected
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40, help="pairs of sessions")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        seconds(folder), seconds(folder, *WITHOUT)  # what is compiled and cached once is not measured
        ones, others = [], []
        for number in range(rounds):
            for plugin in (number % 2, 1 - number % 2):
                (ones if plugin else others).append(seconds(folder, *(() if plugin else WITHOUT)))
    added = 0.0
    for number, clock in enumerate(("wall", "processor")):
        one, other = [pair[number] for pair in ones], [pair[number] for pair in others]
        low, added, high = statistics.quantiles([a - b for a, b in zip(one, other, strict=True)], n=4)
        print(
            f"{clock}: {statistics.median(one) * 1e3:.0f} ms with it, {statistics.median(other) * 1e3:.0f} ms without, "
            f"ratio {statistics.median(one) / statistics.median(other):.3f}, difference {added * 1e3:.1f} ms "
            f"(quartiles {low * 1e3:.1f} and {high * 1e3:.1f}), {rounds} pairs"
        )
    return 0 if added <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
