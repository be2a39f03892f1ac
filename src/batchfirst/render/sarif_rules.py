"""A code of the catalogue as a rule of a SARIF log, explained by its page."""

from __future__ import annotations

from typing import Any

from batchfirst.diagnosis.codes import CATALOGUE, FAMILIES
from batchfirst.diagnosis.pages import body, page
from batchfirst.model.finding import Finding
from batchfirst.render.page import page_lines
from batchfirst.render.text import cut

_LONGEST = 1024  # characters of a description that GitHub shows
_PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}


def rule(finding: Finding) -> dict[str, Any]:
    """Section 3.49, reportingDescriptor: what the catalogue and the page say of the finding's code.

    Of a code that this version does not know, from a report of a later one, what the finding itself says.
    """
    entry = CATALOGUE.get(finding.code)
    if entry is None:
        described = {"text": finding.summary}
        level, whole, markdown = finding.severity, finding.summary, finding.summary
    else:
        described = {"text": entry.summary}
        level, markdown = entry.severity, page(entry.code)
        whole = "\n".join(line for line, _ in page_lines(markdown))
    return {
        "id": finding.code,
        "name": finding.slug,
        "shortDescription": described,
        "fullDescription": {"text": _paragraph(body(entry.code)) if entry is not None else finding.summary},
        "help": {"text": whole, "markdown": markdown},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["pytorch", "tensor-axes", *(FAMILIES[key] for key in (finding.code[:3],) if key in FAMILIES)],
            "problem.severity": _PROBLEMS.get(level, "error"),
        },
    }


def _paragraph(markdown: str) -> str:
    """The first paragraph of a page: what happens."""
    lines = markdown.strip().splitlines()
    first = next((number for number, line in enumerate(lines) if line and not line.startswith("#")), 0)
    last = next((number for number in range(first, len(lines)) if not lines[number].strip()), len(lines))
    return cut(" ".join(line.strip() for line in lines[first:last]), _LONGEST)
