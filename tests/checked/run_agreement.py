"""The comparison of test_agreement.py over many annotations and arguments, with counts.

usage: python tests/checked/run_agreement.py [--pairs 20000] [--seed 0]

A pair is an annotation and an argument (or result) tried against it, by `jaxtyped(typechecker=beartype)` and by
`@bf.checked`, each twice: when nothing is remembered of the signature, and when it is. Exit status 1 and the smallest
example at the first disagreement.
"""

from __future__ import annotations

import argparse
import collections
import sys
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from test_agreement import hints, same_calls

_PAIRS_PER_EXAMPLE = 9  # three times: two arguments and a result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    verdicts: collections.Counter[str] = collections.Counter()
    pairs = 0

    @seed(asked.seed)
    @settings(
        max_examples=-(-asked.pairs // _PAIRS_PER_EXAMPLE), deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(first=hints(), second=hints(), result=hints(), data=st.data())
    def compare(first: Any, second: Any, result: Any, data: st.DataObject) -> None:
        nonlocal pairs
        verdicts.update(same_calls(first, second, result, data))
        pairs += _PAIRS_PER_EXAMPLE

    compare()
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
    print(f"{pairs:,} pairs of an annotation and an argument, no disagreement; calls: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
