"""A watch that counts what it hears, leaves out unwanted codes and is deaf to audits; and such a one for batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from torch import nn

from batchfirst.model import settings
from batchfirst.model.finding import Finding
from batchfirst.model.report import Measured, Report, ReportBuilder
from batchfirst.observe.containers import as_inputs
from batchfirst.observe.inputs import Layouts, assign_layouts, find_tensors
from batchfirst.session.hearing import Ear
from batchfirst.session.watching import Watching


class Counted:
    """An ear that counts the calls it hears, and says nothing of the codes that are to be ignored."""

    __slots__ = ("ear", "watch")

    def __init__(self, ear: Ear, watch: CountedWatch) -> None:
        self.ear, self.watch = ear, watch

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if audited():
            return None
        self.watch.called += 1
        report = self.ear.before(module, args, kwargs)
        if report is None or not self.watch.ignore:
            return report
        kept = tuple(found for found in report.judgement.findings if found.code not in self.watch.ignore)
        judgement = dataclasses.replace(report.judgement, findings=kept)
        return dataclasses.replace(report, judgement=judgement) if kept else None

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.ear.after(module, args, kwargs, output)


class CountedWatch(Watching):
    """A watch on no model yet: `cover` names what is listened to.

    `called` counts the calls of modules that a contract speaks of, `watched` these modules. Findings whose code is in
    `ignore` are neither acted on nor recorded.
    """

    def __init__(self, layouts: Layouts, given: str | None, ignore: Collection[str] = ()) -> None:
        self.ignore, self.called, self.watched = frozenset(ignore), 0, 0
        super().__init__(nn.Module(), layouts, given)

    def _listen(self, module: nn.Module, listener: Any, follow: bool) -> None:
        if isinstance(listener, Ear):
            self.watched += 1
            listener = Counted(listener, self)
        super()._listen(module, listener, follow)


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

    def told(self, measured: Measured | None = None) -> Report:
        """What was watched and found so far, and what an audit measured: of the same mistake the audit tells more."""
        builder = ReportBuilder(modules=self.watched, calls=self.called)
        if measured is not None:
            builder.measured(measured)
        places = {_place(finding) for finding in builder.found}
        for finding in self.findings:
            if _place(finding) not in places:
                builder.add(finding)
        return builder.build()


def _place(finding: Finding) -> tuple[str, str, tuple[str, int] | None]:
    at = finding.location
    return finding.code, finding.module, None if at is None else (at.file, at.line)


def audited() -> bool:
    """Whether an audit is running: it calls the model as nobody else would, and reports by itself."""
    return settings.policy("raise") == "record"
