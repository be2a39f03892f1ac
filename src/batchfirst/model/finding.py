"""A finding: one mistake (or remark), as data. `batchfirst.render` turns it into text, HTML, JSON and SARIF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from batchfirst.model.shown import Shown

Severity = Literal["error", "warning", "note"]
EvidenceKind = Literal["shape", "contract", "declared", "audit", "source", "torch"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's code. Columns are 0-based character offsets into the line, as in `ast`."""

    file: str
    line: int
    function: str = ""
    column: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" in {self.function}" if self.function else "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen, and which instrument saw it."""

    text: str
    kind: EvidenceKind = "shape"

    def __str__(self) -> str:
        return f"{self.text}  [{self.kind}]"


@dataclass(frozen=True, slots=True)
class AxisRow:
    """One row of the axis table: a label, one cell per axis, and where the row comes from."""

    label: str
    cells: tuple[str, ...]
    origin: str = ""


@dataclass(frozen=True, slots=True)
class AxisTable:
    """Axes of one tensor side by side: sizes, what was declared, measured, and what the module reads.

    `marked` are the axes to underline, `remark` the word written under them ("swapped").
    """

    rows: tuple[AxisRow, ...]
    marked: tuple[int, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the user's own source: `before` stands at `location`, `after` should."""

    location: Location
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to write instead: in words, and as edits where the source line is known."""

    text: str
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Rival:
    """Another explanation that was considered, and what speaks against it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding(Shown):
    """One mistake: a stable code, the user's line, what was seen, what it does and what to write instead.

    Make one with `batchfirst.diagnosis.codes.finding`, which fills `slug` and `severity` from the catalogue.

    `summary` stands alone and never proposes the fix. `label` is what is written under the marked columns of the
    source line (`x: float32 (32, 50, 8)`). `effects` are consequences; `consequences` are what this mistake set off
    further down, one line each.

    Example:
        >>> import torch, batchfirst as bf
        >>> x = torch.zeros(32, 50, 8)  # batch seq features
        >>> found, = bf.audit(torch.nn.LSTM(8, 16), x, layout="batch seq features").findings
        >>> found.code, found.slug, found.severity
        ('BF101', 'batch-seq-swapped', 'error')
        >>> found.summary
        'LSTM reads the batch axis as time'
    """

    code: str
    slug: str
    severity: Severity
    summary: str
    location: Location | None = None
    module: str = ""
    label: str = ""
    table: AxisTable | None = None
    effects: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    notes: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    consequences: tuple[str, ...] = ()
    rank: int | None = None  # the process's rank under torch.distributed, if any

    def _brief(self) -> str:
        lines = [f"{self.severity}[{self.code}]: {self.summary}"]
        if self.location is not None:
            lines.append(f"  --> {self.location}")
        if self.fix is not None:
            lines.append(f"help: {self.fix.text}")
        return "\n".join(lines)
