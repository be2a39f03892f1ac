"""A report: what a whole run found, be it a test session, a script or a training, in one process or in several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from batchfirst.model.finding import Finding
from batchfirst.model.shown import Shown
from batchfirst.model.trace import Trace


@dataclass(frozen=True, slots=True)
class Measured:
    """One audit of the run: `name` says of what (`"Forecaster"`, `"step of train.py"`)."""

    name: str
    findings: tuple[Finding, ...]
    trace: Trace


@dataclass(frozen=True, slots=True)
class Report(Shown):
    """`findings`: each once, those of the audits among them; `places`: for each finding who met it (test ids, ranks),
    or nothing where nobody was named: ask `met`.

    `modules` and `calls` count what was watched, `layouts` are those that were declared or observed, each once.
    `title` says what was run ("pytest", "train.py"), `who` what the places are, in the plural ("tests", "ranks").
    `remarks`: what could not be watched or measured, and why, a line each.
    """

    findings: tuple[Finding, ...] = ()
    places: tuple[tuple[str, ...], ...] = ()
    audits: tuple[Measured, ...] = ()
    modules: int = 0
    calls: int = 0
    layouts: tuple[str, ...] = ()
    title: str = ""
    who: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.places and len(self.places) != len(self.findings):
            raise ValueError(f"{len(self.places)} places for {len(self.findings)} findings")

    @property
    def ok(self) -> bool:
        """Whether nothing was found that is wrong: no error and no warning."""
        return all(found.severity == "note" for found in self.findings)

    @property
    def concerned(self) -> tuple[str, ...]:
        """All who met a finding, each once."""
        return tuple(dict.fromkeys(place for places in self.places for place in places))

    def met(self, number: int) -> tuple[str, ...]:
        """Who met finding `number`."""
        return self.places[number] if self.places else ()


@dataclass
class ReportBuilder:
    """Collects a report piece by piece, and from the reports of other processes."""

    found: dict[Finding, dict[str, None]] = field(default_factory=dict)
    audits: list[Measured] = field(default_factory=list)
    modules: int = 0
    calls: int = 0
    layouts: dict[str, None] = field(default_factory=dict)
    title: str = ""
    who: str = ""
    remarks: dict[str, None] = field(default_factory=dict)

    def add(self, finding: Finding, *places: str) -> None:
        """Keep a finding once, and who met it.

        What every rank of a training meets is one finding: its rank is its place ("rank 3") where none is given.
        """
        if finding.rank is not None:
            places = places or (f"rank {finding.rank}",)
            finding = replace(finding, rank=None)
        self.found.setdefault(finding, {}).update(dict.fromkeys(places))

    def measured(self, audit: Measured, *places: str) -> None:
        """Keep an audit with its findings."""
        self.audits.append(audit)
        for finding in audit.findings:
            self.add(finding, *places)

    def remark(self, text: str) -> None:
        """Keep what could not be watched or measured, and why."""
        self.remarks[text] = None

    def merge(self, report: Report) -> None:
        """Take in what another process, or another part of this run, reports."""
        for number, finding in enumerate(report.findings):
            self.add(finding, *report.met(number))
        self.audits += report.audits
        self.modules += report.modules
        self.calls += report.calls
        self.layouts.update(dict.fromkeys(report.layouts))
        self.title = self.title or report.title
        self.who = self.who or report.who
        self.remarks.update(dict.fromkeys(report.remarks))

    def build(self) -> Report:
        """The report so far, its findings by code, those of one code in the order in which they were found."""
        order = sorted(self.found, key=lambda finding: finding.code)
        places = tuple(tuple(self.found[finding]) for finding in order)
        return Report(
            findings=tuple(order),
            places=places if any(places) else (),
            audits=tuple(self.audits),
            modules=self.modules,
            calls=self.calls,
            layouts=tuple(self.layouts),
            title=self.title,
            who=self.who,
            remarks=tuple(self.remarks),
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
