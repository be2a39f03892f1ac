"""BF001: what jaxtyping and beartype say of a broken annotation, as a finding."""

from __future__ import annotations

import re
from typing import Protocol

from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import Evidence, Finding, Location

_LONGEST = 240
# jaxtyping's and beartype's own wording. Where it changes, their whole message is shown instead.
_WHO = re.compile(r"parameter '?(\w+)'?|(?:the )?(return)(?: value|\b)")
_REASON = re.compile(r"\bas (this array [^.]*?)(?: by the type hint| in the type hint)?\.?$")
_GIVEN = re.compile(r"Actual value: (.+?)(?=\n|Expected type:|$)")
_BOUND = re.compile(r"axis annotation are as follows\.\n(.+?)(?=\n-|$)", re.DOTALL)
_DECLARED = re.compile(r"Expected type: (?:<class ')?(.+?)(?:'>)?\.?(?=\n|$)")


class Broken(Protocol):
    """What was read of the error (`observe.annotations.BrokenAnnotation`)."""

    @property
    def checker(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def location(self) -> Location | None: ...


def annotation_finding(broken: Broken) -> Finding:
    """The finding for a value that breaks its annotation: which one, why, what was given and what is declared."""
    said = (*reversed(broken.reasons), broken.message)
    who, reason = _first(_WHO, said), _first(_REASON, said)
    who = "the return value" if who == "return" else who
    given, declared, bound = _first(_GIVEN, said), _first(_DECLARED, said), _first(_BOUND, said)
    evidence = [
        Evidence(f"{broken.checker}: {label} {_short(text)}", "declared")
        for label, text in (("given", given), ("declared", declared), ("bound before:", bound))
        if text
    ]
    if not evidence:
        evidence = [Evidence(f"{broken.checker}: {_short(broken.message)}", "declared")]
    why = f": {_short(reason)}" if reason else ""
    return finding(
        "BF001",
        f"{who or 'a value'} breaks its declared annotation{why}",
        location=broken.location,
        evidence=tuple(evidence),
    )


def _first(pattern: re.Pattern[str], texts: tuple[str, ...]) -> str:
    """The first thing that the pattern finds in any of the texts."""
    for text in texts:
        found = pattern.search(text.strip())
        if found is not None:
            return next(group for group in found.groups() if group).strip()
    return ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
