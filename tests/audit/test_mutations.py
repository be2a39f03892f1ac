"""Correct programs, broken in every way that applies: caught where the results differ, left alone where they do not.

`python tests/audit/mutation_table.py` prints the table that docs/mutations.md shows.
"""

from __future__ import annotations

import pytest
from tests.audit.mutate import ALONE, SIZES, Outcome, audit, outcomes
from tests.audit.programs import PROGRAMS, Program

_MULTIPLES = "batch, seq and the chunks are multiples of each other: the reshape is one that folds time on purpose too"
# (program, way, what stands in the changed line, sizes) of mutants that give other numbers and are not seen, and why.
KNOWN_MISSES: dict[tuple[str, str, str], tuple[tuple[tuple[int, int], ...], str]] = {
    ("HandAttention", "transpose left out", "(weights @ v).reshape"): (((6, 6),), _MULTIPLES),
    ("DualPath", "other axes transposed", "return both.transpose(0, 1)"): (((6, 6),), _MULTIPLES),
    ("DualPath", "other axes transposed", "return both.transpose(0, 2)"): (((6, 6),), _MULTIPLES),
    ("DualPath", "sizes of a view exchanged", "x.reshape(seq // 2, batch * 2, D)"): (((6, 6),), _MULTIPLES),
    ("DualPath", "sizes of a view exchanged", "reshape(D, 2, seq // 2, batch)"): (((6, 6),), _MULTIPLES),
    ("DualPath", "sizes of a view exchanged", "reshape(seq, batch, D)"): (((6, 6),), _MULTIPLES),
    ("MaskedMean", "another axis", "mask.sum(dim=0)"): (
        ((6, 6),), "the mask comes of lengths alone; they are not declared, so they are not changed"),
}  # fmt: skip


def _known(outcome: Outcome) -> bool:
    return any(
        outcome.mutant.program.__name__ == program
        and outcome.mutant.way == way
        and text in outcome.mutant.change.split(" → ")[-1]
        and outcome.size in sizes
        for (program, way, text), (sizes, _) in KNOWN_MISSES.items()
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@pytest.mark.parametrize("size", [*SIZES, ALONE], ids=str)
def test_the_right_program_is_left_alone(program: type[Program], size: tuple[int, int]) -> None:
    result = audit(program, *size)
    assert result.ok, str(result)


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_mutant(program: type[Program]) -> None:
    found = list(outcomes(program))
    told = [f"{o.mutant.way} at {o.size}: {o.mutant.change}: {o.effect} {' '.join(o.codes)}" for o in found]
    print("\n".join(told))  # pytest shows it where the test fails, or with -s
    missed = [
        text for o, text in zip(found, told, strict=True) if o.effect == "other" and not o.codes and not _known(o)
    ]
    accused = [text for o, text in zip(found, told, strict=True) if o.effect == "equal" and o.errors]
    stale = [text for o, text in zip(found, told, strict=True) if _known(o) and o.codes]
    assert not missed, "not seen:\n" + "\n".join(missed)
    assert not accused, "nothing is wrong with:\n" + "\n".join(accused)
    assert not stale, "seen by now, take it off the list:\n" + "\n".join(stale)
    assert sum(o.effect == "other" and bool(o.codes) for o in found) >= 3
