"""A watch that counts what it hears, leaves out unwanted codes and is deaf to audits; and such a one for batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable
from typing import Any

from torch import Tensor, nn

from batchfirst.contracts.recurrent import kind_of
from batchfirst.model import settings
from batchfirst.model.finding import Finding
from batchfirst.model.report import Measured, Report, ReportBuilder
from batchfirst.observe.containers import as_inputs
from batchfirst.observe.inputs import Layouts, assign_layouts, find_tensors
from batchfirst.session.hearing import Ear, Told
from batchfirst.session.judging import judging
from batchfirst.session.losses import FunctionEar
from batchfirst.session.watching import Watching


class Counted:
    """An ear that counts the calls it hears, and says nothing of the codes that are to be ignored."""

    __slots__ = ("ear", "watch")

    def __init__(self, ear: Ear, watch: CountedWatch) -> None:
        self.ear, self.watch = ear, watch

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Told | None:
        if audited():
            return None
        self.watch.called += 1
        if isinstance(module, nn.RNNBase):
            self.watch.read(module, args)
        return self.watch.left(self.ear.before(module, args, kwargs))

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.ear.after(module, args, kwargs, output)


class CountedFunctions:
    """The same for losses that are called as functions."""

    __slots__ = ("ear", "watch")

    def __init__(self, watch: CountedWatch) -> None:
        self.watch, self.ear = watch, FunctionEar(watch)

    def called(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Told | None:
        """What there is to tell of this call."""
        if audited() or judging():
            return None
        self.watch.called += 1
        return self.watch.left(self.ear.called(function, arguments))


class CountedWatch(Watching):
    """A watch on no model yet: `cover` names what is listened to.

    `called` counts the calls that a contract speaks of, `watched` the modules. `seen` holds the layouts that were seen:
    how recurrent modules read their input, and what was declared. Findings whose code is in `ignore` are neither acted
    on nor recorded.
    """

    def __init__(self, layouts: Layouts, given: str | None, ignore: Collection[str] = ()) -> None:
        self.ignore, self.called, self.watched = frozenset(ignore), 0, 0
        self.seen: dict[str, None] = {}
        self._stopped: set[_Place] = set()  # what an error was raised for, by torch or by us
        super().__init__(nn.Module(), layouts, given)

    def left(self, told: Told | None) -> Told | None:
        """What is left to tell without the codes that are to be ignored."""
        if told is None:
            return None
        findings = tuple(found for found in told.judgement.findings if found.code not in self.ignore)
        if told.judgement.said is not None or self.policy == "raise":
            self.stopped(findings)
        judgement = dataclasses.replace(told.judgement, findings=findings)
        return dataclasses.replace(told, judgement=judgement) if findings else None

    def stopped(self, findings: Iterable[Finding]) -> None:
        """Note that an error is raised for these."""
        self._stopped.update(_place(found) for found in findings if found.severity == "error")

    def collected(self, measured: Iterable[Measured] = (), *places: str, handled: bool = False) -> ReportBuilder:
        """What was seen and found so far, and what audits measured: of the same mistake the audit tells more.

        places: who met it. handled: the program went on after every error that was raised, so what was raised for is
        only noted: a test that a model refuses wrong data makes its mistake on purpose.
        """
        builder = ReportBuilder(modules=self.watched, calls=self.called, layouts=dict(self.seen))

        def told(finding: Finding) -> Finding:
            return _noted(finding) if handled and _place(finding) in self._stopped else finding

        for audit in measured:
            builder.measured(dataclasses.replace(audit, findings=tuple(map(told, audit.findings))), *places)
        known = {_place(finding) for finding in builder.found}
        for finding in self.findings:
            if _place(finding) not in known:
                builder.add(told(finding), *places)
        return builder

    def read(self, module: nn.RNNBase, args: tuple[Any, ...]) -> None:
        """Note how a recurrent module reads its input, by its own settings."""
        axes = args[0].ndim if args and isinstance(args[0], Tensor) else 0
        if axes == 3:
            order = "batch seq features" if module.batch_first else "seq batch features"
            self.seen[f"{order}, as {kind_of(module)} reads it"] = None
        elif axes == 2:
            self.seen[f"seq features, as {kind_of(module)} reads it"] = None

    def _listen(self, module: nn.Module, listener: Any, results: bool = False) -> None:
        if isinstance(listener, Ear):
            self.watched += 1
            listener = Counted(listener, self)
        super()._listen(module, listener, results)


class BatchWatch(CountedWatch):
    """A watch on a model in training, whose data is declared batch by batch: `layouts` speak of the batch's parts.

    A tensor of the batch is known wherever the step hands it to a module, be it the model's own forward or a part of
    it. Paths are those of an audit whose inputs are the parts: "0" and "1" of a pair, "x" and "encoder/cont" of a dict.
    """

    def __init__(self, model: nn.Module, layouts: Layouts, given: str | None, ignore: Collection[str] = ()) -> None:
        super().__init__(layouts, given, ignore)
        self.layouts = layouts
        self.cover(model)

    def begin(self, batch: Any) -> None:
        """From now on this batch is the data; nothing is known of one that the layouts do not fit."""
        if self.declares:
            args, kwargs, _ = as_inputs(batch)
            self.known.begin(args, kwargs, self.layouts)

    def require(self, batch: Any) -> None:
        """Raise UsageError, naming the layout, where the layouts do not fit this batch."""
        args, kwargs, _ = as_inputs(batch)
        assign_layouts(find_tensors(args, kwargs), len(args), self.layouts)

    def told(self, measured: Measured | None = None, remark: str = "") -> Report:
        """What was watched and found so far, what an audit measured, and why none was made."""
        builder = self.collected([] if measured is None else [measured])
        if remark:
            builder.remark(remark)
        return builder.build()


_Place = tuple[str, str, tuple[str, int] | None]


def _place(finding: Finding) -> _Place:
    at = finding.location
    return finding.code, finding.module, None if at is None else (at.file, at.line)


def _noted(finding: Finding) -> Finding:
    told = "the error that this raises was caught: it seems to be meant"
    return dataclasses.replace(finding, severity="note", notes=(*finding.notes, told))


def audited() -> bool:
    """Whether an audit is running: it calls the model as nobody else would, and reports by itself."""
    return settings.policy("raise") == "record"
