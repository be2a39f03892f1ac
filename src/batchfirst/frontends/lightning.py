"""`LayoutCallback`: Lightning's hooks, translated into a watch, an audit of the first training batch, and a report."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Collection
from dataclasses import replace
from importlib import import_module
from typing import Any

from batchfirst.diagnosis.codes import find_code
from batchfirst.frontends.lightning_step import training_step, undisturbed
from batchfirst.frontends.watch import LayoutsLike, parsed_layouts
from batchfirst.model import settings
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.report import Measured, Report, merged
from batchfirst.observe.containers import as_inputs
from batchfirst.render.report import report_lines, report_text
from batchfirst.session.audit import Audit, audit
from batchfirst.session.counting import BatchWatch
from batchfirst.session.explain import attach
from batchfirst.session.policy import act
from batchfirst.session.reports import check_path, write_report

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")  # the same code under two names
_FIRST = "first training batch"
_SINGLE = ("SingleDeviceStrategy", "DDPStrategy")  # whose module holds all of its parameters in each process


def _package() -> str:
    """The name under which Lightning is imported here: the one in use already, else the one that is installed."""
    for name in _PACKAGES:
        if name in sys.modules:
            return name
    for name in _PACKAGES:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name.partition(".")[0]:
                raise
        else:
            return name
    raise ModuleNotFoundError(
        "batchfirst.lightning needs Lightning: pip install 'batchfirst[lightning]'", name=_PACKAGES[0].partition(".")[0]
    )


_LIGHTNING = _package()
_Callback: Any = import_module(f"{_LIGHTNING}.callbacks").Callback
_rank_zero_info: Any = import_module(f"{_LIGHTNING}.utilities.rank_zero").rank_zero_info


class LayoutCallback(_Callback):  # type: ignore[misc] # of one package or the other
    """Watches a LightningModule, and audits its training step on the first training batch of each fit.

    layout: what the data is, by the parts of a batch: "batch seq features" of the first part; a sequence with one entry
        per part of a tuple (None: not data); or a mapping from paths within the batch ("0", "x", "encoder/cont"), as
        in `bf.audit`. Without one, what torch refuses is reported, and an audit only notes.
    on_mismatch: "raise", "warn", "record", "breakpoint" or "off"; None: the environment variable BATCHFIRST, else
        "raise".
    audit: False leaves the audit out. It runs the training step a dozen times or so on copies of the batch, without
        logging, optimizer steps or communication, and puts everything back: training goes on as if it had not been.
        Where several processes train, the first one audits; where its parameters are sharded, none does.
    ignore: codes that are neither acted on nor recorded.
    report: a file that ends in .html, .json or .sarif, written when the trainer is done, also after an error.

    Numbers of findings go to the trainer's loggers as `batchfirst/errors`, `batchfirst/warnings` and
    `batchfirst/notes`, and the text to loggers that hold text (TensorBoard's); what was found is told above the
    progress bar, or in the log where there is none.

    Raises UsageError for a bad argument, LayoutSyntaxError for a bad layout; at the first training batch UsageError
    where the layout does not fit it.

    Example:
        >>> callback = LayoutCallback(layout="batch seq features", on_mismatch="record")
        >>> callback.findings
        ()
    """

    def __init__(
        self,
        layout: LayoutsLike = None,
        on_mismatch: str | None = None,
        *,
        audit: bool = True,
        ignore: Collection[str] = (),
        report: str | None = None,
    ) -> None:
        super().__init__()
        settings.policy(on_mismatch)
        if not isinstance(audit, bool):
            raise UsageError("audit", audit, "True, False")
        if report is not None:
            check_path(report, "report")
        self._layouts, self._given, self._wanted, self._path = parsed_layouts(layout), on_mismatch, audit, report
        self._ignore = frozenset(find_code(code).code for code in ignore)
        self._watch: BatchWatch | None = None
        self._due = False
        self._report: Report = Report()
        self._logged: dict[str, int] = {}
        self._measured: Measured | None = None
        self._remark = ""
        self.audit: Audit | None = None  # of the last fit's first training batch, once it was made

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found since the callback was made, in every run of the trainer."""
        return self._told().findings

    # --- Lightning's hooks -----------------------------------------------------------------------------------------

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        self._stop()
        # A fit always logs its numbers; an evaluation, whose loggers hold results, only if there is something to tell.
        self._measured, self._remark = None, ""
        self._logged = {} if stage == "fit" else _numbers(self._report)
        if settings.policy(self._given) != "off":
            self._watch = BatchWatch(pl_module, self._layouts, self._given, self._ignore)
            self._due = self._wanted and stage == "fit"

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        __tracebackhide__ = True
        if self._watch is None:
            return
        if self._due:
            self._due = False
            if batch is not None:  # as where the step fetches it by itself
                self._watch.require(batch)
            self._audit(trainer, pl_module, batch, batch_idx)
        self._watch.begin(batch)

    def _on_evaluation_batch(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if self._watch is not None:
            self._watch.begin(batch)

    on_validation_batch_start = on_test_batch_start = on_predict_batch_start = _on_evaluation_batch

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        self._finish(trainer)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        if self._watch is not None:
            attach(exception)
        self._finish(trainer)

    # --- what they do ----------------------------------------------------------------------------------------------

    def _audit(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        __tracebackhide__ = True
        self.audit, reason = None, _unauditable(trainer, pl_module)
        if reason is None:
            args, kwargs, make = as_inputs(batch)
            with undisturbed(trainer, pl_module):
                step = training_step(trainer, pl_module, make, batch_idx)
                try:
                    self.audit = audit(step, *args, kwargs=kwargs, layout=self._layouts)
                except Exception as error:  # the step itself comes next: what is its own fault, it raises again
                    reason = f"{type(error).__name__}: {error}".splitlines()[0]
        if self.audit is None:
            if reason:
                self._remark = f"{_FIRST} not audited: {reason}"
                _tell(trainer, f"batchfirst: {self._remark}")
            return
        found = tuple(one for one in self.audit.findings if one.code not in self._ignore)
        self._measured = Measured(_FIRST, found, self.audit.trace)
        if any(one.severity != "note" for one in found):
            _tell(trainer, "\n".join([f"batchfirst, {_FIRST}:", *report_lines(self._told())]))
        self._log(trainer)
        act(found, settings.policy(self._given))

    def _told(self) -> Report:
        """What was watched and found so far, in this run of the trainer and in those before it."""
        if self._watch is None:
            return self._report
        now = self._watch.told(self._measured, self._remark)
        # The same modules each time, as a rule.
        return replace(merged([self._report, now]), modules=max(self._report.modules, now.modules))

    def _log(self, trainer: Any) -> None:
        """Numbers, and the text where there is any, to every logger of the trainer; the same ones once."""
        report = self._told()
        numbers = _numbers(report)
        if numbers == self._logged or not trainer.is_global_zero:
            return
        self._logged = numbers
        for logger in trainer.loggers:
            logger.log_metrics(numbers, step=trainer.global_step)
            if report.findings and hasattr(logger.experiment, "add_text"):
                text = "\n".join(f"    {line}" for line in report_text(report).splitlines())  # Markdown's for code
                logger.experiment.add_text("batchfirst", text, global_step=trainer.global_step)

    def _finish(self, trainer: Any) -> None:
        """Take the hooks off, and tell what was seen; after the bars are closed, so in the log."""
        if self._watch is None:
            return
        self._stop()
        self._log(trainer)
        _rank_zero_info("\n".join(["batchfirst:", *report_lines(self._report)]))
        if self._path is not None:  # every rank: their parts become one report
            write_report(self._report, self._path, "report", _rank_zero_info)

    def _stop(self) -> None:
        if self._watch is not None:
            self._report = self._told()
            self._watch.stop()
            self._watch = None


def _numbers(report: Report) -> dict[str, int]:
    severities = [found.severity for found in report.findings]
    return {f"batchfirst/{severity}s": severities.count(severity) for severity in ("error", "warning", "note")}


def _unauditable(trainer: Any, pl_module: Any) -> str | None:
    """Why the training step cannot be run beside the training; "" where another process does it; None where it can."""
    names = {kind.__name__ for kind in type(trainer.strategy).__mro__}
    if not names.intersection(_SINGLE):
        return f"under {type(trainer.strategy).__name__} no process holds all parameters"
    if trainer.world_size > 1 and any(type(part).__name__ == "SyncBatchNorm" for part in pl_module.modules()):
        return "SyncBatchNorm waits for the other processes"
    if "dataloader_iter" in inspect.signature(pl_module.training_step).parameters:
        return "its step takes an iterator, and no batch"
    return None if trainer.is_global_zero else ""


def _tell(trainer: Any, text: str) -> None:
    """Above the progress bar where there is one, else in the log."""
    bar = trainer.progress_bar_callback
    (_rank_zero_info if bar is None or not bar.is_enabled else bar.print)(text)
