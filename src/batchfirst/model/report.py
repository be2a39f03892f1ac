"""A report: what a whole run found, be it a test session, a script or a training, in one process or in several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace


@dataclass(frozen=True, slots=True)
class Measured:
    """One audit of the run: `name` says of what (`"Forecaster"`, `"step of train.py"`)."""

    name: str
    findings: tuple[Finding, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Report:
    """`findings`: each once, those of the audits among them; `places`: for each finding who met it (test ids, ranks).

    `modules` and `calls` count what was watched, `layouts` are those that were declared or observed, each once.
    """

    findings: tuple[Finding, ...] = ()
    places: tuple[tuple[str, ...], ...] = ()
    audits: tuple[Measured, ...] = ()
    modules: int = 0
    calls: int = 0
    layouts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.places and len(self.places) != len(self.findings):
            raise ValueError(f"{len(self.places)} places for {len(self.findings)} findings")


@dataclass
class ReportBuilder:
    """Collects a report piece by piece, and from the reports of other processes."""

    found: dict[Finding, dict[str, None]] = field(default_factory=dict)
    audits: list[Measured] = field(default_factory=list)
    modules: int = 0
    calls: int = 0
    layouts: dict[str, None] = field(default_factory=dict)

    def add(self, finding: Finding, *places: str) -> None:
        """Keep a finding once, and who met it."""
        self.found.setdefault(finding, {}).update(dict.fromkeys(places))

    def measured(self, audit: Measured, *places: str) -> None:
        """Keep an audit with its findings."""
        self.audits.append(audit)
        for finding in audit.findings:
            self.add(finding, *places)

    def merge(self, report: Report) -> None:
        """Take in what another process, or another part of this run, reports."""
        for number, finding in enumerate(report.findings):
            self.add(finding, *(report.places[number] if report.places else ()))
        self.audits += report.audits
        self.modules += report.modules
        self.calls += report.calls
        self.layouts.update(dict.fromkeys(report.layouts))

    def build(self) -> Report:
        """The report so far, its findings by code, those of one code in the order in which they were found."""
        order = sorted(self.found, key=lambda finding: finding.code)
        return Report(
            findings=tuple(order),
            places=tuple(tuple(self.found[finding]) for finding in order),
            audits=tuple(self.audits),
            modules=self.modules,
            calls=self.calls,
            layouts=tuple(self.layouts),
        )


def merged(reports: Iterable[Report]) -> Report:
    """One report of several: of a test session's workers, of the ranks of a training.

    Example:
        >>> merged([Report(modules=1, calls=2), Report(modules=1, calls=3)]).calls
        5
    """
    builder = ReportBuilder()
    for report in reports:
        builder.merge(report)
    return builder.build()
