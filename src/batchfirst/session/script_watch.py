"""The watch over a whole script: put on when torch arrives, and told as a report when the script has ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from batchfirst.model.layout import Layout
from batchfirst.model.report import Report, ReportBuilder
from batchfirst.model.settings import Policy
from batchfirst.session.arrival import when_imported

if TYPE_CHECKING:
    from batchfirst.session.loaded import LoadedEverywhere


class ScriptWatch:
    """Watches every recurrent module, cell, neighbour and loss that the script calls, from `start` to `stop`.

    policy: what is done about a mismatch; under "off" nothing is watched.
    layout: what the input of the first model with a recurrent module is; None: what the script's loaders tell.
    audit: whether the models of the first training step are audited too.
    """

    def __init__(self, policy: Policy, layout: Layout | None, audit: bool = False) -> None:
        self.policy, self.layout, self.audit = policy, layout, audit
        self.process = os.getpid()
        self.watch: LoadedEverywhere | None = None
        self._remarks: list[str] = []
        self._waiting: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin as soon as the script has imported torch."""
        if self.policy != "off":
            self._waiting = when_imported("torch", self._begin)

    def _begin(self) -> None:
        try:
            from batchfirst.session.loaded import LoadedEverywhere

            self.watch = LoadedEverywhere(self.policy, self.layout, self.audit)
        except Exception as error:  # a fault of ours never costs the user's run
            self._remarks.append(f"nothing was watched: {type(error).__name__}: {error}; please report this")

    def stop(self) -> None:
        """Take every hook off, and wait for torch no longer. Again is no different."""
        self._waiting()
        if self.watch is not None:
            self.watch.stop()

    def report(self, title: str) -> Report:
        """What was seen so far; `title` says what was run."""
        builder = ReportBuilder(title=title)
        if self.watch is not None:
            builder.merge(self.watch.report())
        for remark in self._remarks:
            builder.remark(remark)
        return builder.build()
