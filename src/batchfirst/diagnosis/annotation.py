"""BF001: what jaxtyping and beartype say of a broken annotation, as a finding."""

from __future__ import annotations

from typing import Protocol

from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import Evidence, Finding, Location

_LONGEST = 300


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
    """The finding for a value that breaks its annotation: the checker's words, the reason from the chain first."""
    said = [_short(text) for text in (*reversed(broken.reasons), broken.message)]
    return finding(
        "BF001",
        "a value breaks its declared annotation" + (f": {_first(said[0])}" if said else ""),
        location=broken.location,
        evidence=tuple(Evidence(f"{broken.checker}: {text}", "declared") for text in said if text),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _first(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
