"""BF101: the module reads batch as time. How it is said, and how it is put right in the constructor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from batchfirst.contracts.recurrent import RecurrentSettings
from batchfirst.diagnosis.calls.case import Case, Hypothesis
from batchfirst.diagnosis.calls.edits import with_keyword
from batchfirst.diagnosis.calls.tables import input_table
from batchfirst.model.finding import Edit, Evidence
from batchfirst.model.observation import ModuleFact


def swapped(
    case: Case, settings: RecurrentSettings, weight: int, evidence: Sequence[Evidence | str], against: str = "",
    module: ModuleFact | None = None, also: Edit | None = None,
) -> Hypothesis:  # fmt: skip
    """The hypothesis that the data has batch and seq the other way round than this recurrent module reads them.

    also: a further edit that the fix needs, such as the index of the last step.
    """
    module = module or case.call.module
    fix, edit = turned(case, settings, module)
    own = module is case.call.module
    found = case.make(
        "BF101",
        f"{settings.kind} reads the batch axis as time",
        at="input" if own else "",
        table=input_table(case, settings, (0, 1), "swapped") if own else None,
        evidence=evidence,
        fix=fix,
        edits=[edit, also] if edit is not None else [],
        notes=("h_0, c_0, h_n and c_n stay (layers × directions, batch, hidden) under either batch_first",),
    )
    return Hypothesis(weight, replace(found, module=module.path), against)


def turned(case: Case, settings: RecurrentSettings, module: ModuleFact) -> tuple[str, Edit | None]:
    """The fix in words and as an edit: the module built the other way, which keeps its parameters' shapes."""
    built = module.built_at
    text = case.source(built)
    if settings.batch_first:
        words = "the data is (seq, batch, features): build the module without batch_first=True (same state_dict shapes)"
        return words, with_keyword(built, text, "batch_first", None)
    words = "the data is (batch, seq, features): build the module with batch_first=True (same state_dict shapes)"
    return words, with_keyword(built, text, "batch_first", "True")
