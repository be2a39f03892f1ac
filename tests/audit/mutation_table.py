"""Prints the table of mutants × codes as Markdown: python tests/audit/mutation_table.py > docs/mutations.md"""

from __future__ import annotations

import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.audit.mutate import ALONE, SIZES, WAYS, Outcome, outcomes
from tests.audit.programs import PROGRAMS
from tests.audit.test_mutations import KNOWN_MISSES


def table(found: list[Outcome]) -> str:
    """One row per way to go wrong: how many mutants, what they did, and the codes that named them."""
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in found:
        rows[outcome.mutant.way].append(outcome)
    lines = [
        "| way | mutants | raises | equal | rearranged | other numbers | caught | first code |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for way in WAYS:
        mine = rows[way]
        effects = Counter(outcome.effect for outcome in mine)
        caught = [o for o in mine if o.effect == "other" and o.codes]
        codes = ", ".join(f"{code} × {n}" for code, n in Counter(o.codes[0] for o in caught).most_common())
        numbers = (effects["raises"], effects["equal"], effects["rearranged"], effects["other"], len(caught))
        lines.append(f"| {way} | {len(mine)} | {' | '.join(map(str, numbers))} | {codes} |")
    total = Counter(outcome.effect for outcome in found)
    caught = sum(o.effect == "other" and bool(o.codes) for o in found)
    numbers = (total["raises"], total["equal"], total["rearranged"], total["other"], caught)
    lines.append(f"| **all** | {len(found)} | {' | '.join(map(str, numbers))} | |")
    return "\n".join(lines)


def main() -> None:
    warnings.simplefilter("ignore")
    found = [outcome for program in PROGRAMS for outcome in outcomes(program)]
    accused = sum(outcome.effect == "equal" and bool(outcome.errors) for outcome in found)
    print("# Mutants\n")
    print(
        f"{len(PROGRAMS)} correct programs (`tests/audit/programs.py`), each broken at one place in every way that "
        f"applies to it (`tests/audit/mutate.py`), and run at (batch, seq) = {', '.join(map(str, SIZES))}; what only a "
        f"batch of one shows, at {ALONE} too. A mutant whose numbers are other than the right program's must be "
        "reported, one whose results are equal must not be an error. Where only axes of what is returned are moved or "
        "joined (rearranged), nobody can say which way is meant as long as the result's axes are not declared.\n"
    )
    print(table(found))
    print(f"\nErrors reported for mutants with equal results: {accused}.\n\n## Known misses\n")
    for (program, way, text), (sizes, reason) in KNOWN_MISSES.items():
        print(f"- {program}, {way}, `{text}` at {', '.join(map(str, sizes))}: {reason}.")
    print("\n`python tests/audit/mutation_table.py > docs/mutations.md` makes this; `test_mutations.py` checks it.")


if __name__ == "__main__":
    main()
