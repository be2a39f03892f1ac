"""One call under diagnosis, and the hypotheses about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from batchfirst.contracts.recurrent import KINDS, RecurrentSettings
from batchfirst.diagnosis.calls.edits import appended
from batchfirst.diagnosis.codes import finding
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Edit, Evidence, EvidenceKind, Finding, Fix, Location, Rival
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact, Fact, ModuleFact, PackedFact, Setting, TensorFact
from batchfirst.model.origin import Crash, Origin

RECURRENT: tuple[str, ...] = KINDS
LAYERED = ("LSTM", "GRU", "RNN")


@dataclass(frozen=True)
class Hypothesis:
    """A finding and how much of what was seen speaks for it; the heaviest wins, the others become its rivals."""

    weight: int
    finding: Finding
    against: str = ""  # what speaks against it, should another one win


@dataclass(frozen=True)
class Case:
    """A call, what its traceback adds (None before the call), and the declared layout of its input, if any."""

    call: CallFact
    crash: Crash | None = None
    declared: Layout | None = None

    @property
    def kind(self) -> str:
        return self.call.module.kind

    @property
    def settings(self) -> Mapping[str, Setting]:
        return self.call.module.settings

    def setting(self, name: str) -> int:
        """A whole-number setting; 0 where it is not known."""
        value = self.settings.get(name)
        return value if isinstance(value, int) else 0

    def fact(self, name: str) -> Fact:
        return self.call.args.get(name)

    def tensor(self, name: str) -> TensorFact | None:
        fact = self.fact(name)
        return fact if isinstance(fact, TensorFact) else None

    def origin(self, name: str) -> Origin | None:
        return self.crash.origin(name) if self.crash is not None else None

    def text(self, name: str) -> str:
        """How the caller wrote the argument, where that is short; else the argument's own name."""
        text = self.written(name) or getattr(self.origin(name), "text", "")
        return text if 0 < len(text) <= 40 else name

    def written(self, name: str) -> str:
        """The source text of the argument in the call itself, "" where it is not known."""
        place = self.crash.places.get(name) if self.crash is not None else None
        return self.source(place)

    def append(self, name: str, suffix: str) -> Edit | None:
        """The argument in the call itself with `suffix` (`.transpose(0, 1)`) behind it."""
        place = self.crash.places.get(name) if self.crash is not None else None
        return appended(place, self.source(place), suffix)

    @property
    def contract(self) -> RecurrentSettings | None:
        return contract_of(self.call.module)

    @property
    def near(self) -> bool:
        """Whether the failing line's own function or module works with a recurrent module."""
        return self.crash is not None and self.crash.near

    @property
    def reader(self) -> str:
        """The module as a person names it: "LSTM self.encoder" → `LSTM "encoder"`."""
        return f'{self.kind} "{self.call.module.path}"' if self.call.module.path else self.kind

    def source(self, location: Location | None) -> str:
        """The source text at a location, "" where it is not known."""
        if self.crash is None or location is None:
            return ""
        return self.crash.sources.get(location, "")

    def place(self, name: str) -> Location | None:
        """The call's line, with the columns of this argument where they are known and on that line."""
        here = self.call.location
        if self.crash is None or here is None:
            return here
        place = self.crash.places.get(name)
        return place if place is not None and (place.file, place.line) == (here.file, here.line) else here

    def make(
        self, code: str, summary: str, *, at: str = "", label: str = "", evidence: Sequence[Evidence | str] = (),
        fix: str = "", edits: Sequence[Edit | None] = (), **fields: Any,
    ) -> Finding:  # fmt: skip
        """A finding about this call. at: the argument to underline; evidence: plain strings are facts of shape."""
        fact = self.fact(at) if at else None
        if not label and isinstance(fact, TensorFact):
            label = f"{self.text(at)}: {fact}"
        kept = tuple(Evidence(e) if isinstance(e, str) else e for e in evidence)
        kept = tuple(e for e in kept if e.text != summary)
        if self.call.error is not None:
            kept = (*kept, Evidence(f"torch raised {_quoted(self.call.error.message)}", "torch"))
        wanted = Fix(fix, tuple(e for e in edits if e is not None)) if fix else None
        return finding(
            code, summary, location=self.place(at), module=self.call.module.path, label=label, evidence=kept,
            fix=wanted, **fields,
        )  # fmt: skip


def contract_of(module: ModuleFact) -> RecurrentSettings | None:
    """The contract's settings of a recurrent module; None for any other and for settings that are incomplete."""
    if module.kind not in RECURRENT:
        return None
    try:
        return RecurrentSettings.from_mapping(module.kind, module.settings)
    except UsageError:
        return None


def seen(text: str, kind: EvidenceKind = "shape") -> Evidence:
    """One thing that was seen."""
    return Evidence(text, kind)


def best(hypotheses: Iterable[Hypothesis]) -> tuple[Finding, ...]:
    """The heaviest hypothesis as a finding, the others as its rivals; nothing where there is none."""
    ranked = sorted(hypotheses, key=lambda h: -h.weight)
    if not ranked:
        return ()
    first, *others = ranked
    rivals: list[Rival] = []
    for other in others:
        if other.finding.code != first.finding.code and other.finding.code not in {r.code for r in rivals}:
            against = f"; {other.against}" if other.against else ""
            rivals.append(Rival(other.finding.code, other.finding.summary + against))
    return (replace(first.finding, rivals=(*first.finding.rivals, *rivals)),)


def parts(fact: Fact) -> tuple[Fact, ...] | None:
    """The parts of a tuple; None for anything else."""
    return fact if isinstance(fact, tuple) else None


def told(fact: Fact) -> str:
    """A fact in a few words: "float32 (32, 50, 8)", "a tuple (float32 (…), …)"."""
    if fact is None:
        return "None"
    if isinstance(fact, TensorFact):
        return str(fact) if fact.device == "cpu" else f"{fact} on {fact.device}"
    if isinstance(fact, PackedFact):
        return f"a PackedSequence of {fact.batch} samples, {fact.steps} steps, data {fact.data}"
    if isinstance(fact, tuple):
        return f"a tuple of {len(fact)} ({', '.join(told(part) for part in fact[:3])})"
    return f"a {fact.type}"


def recurrent_above(origin: Origin | None) -> Origin | None:
    """The nearest recurrent module's call that a value comes from."""
    return origin.find(*RECURRENT) if origin is not None else None


def _quoted(message: str) -> str:
    line = " ".join(message.split())
    return f'"{line}"' if len(line) <= 160 else f'"{line[:157]}…"'
