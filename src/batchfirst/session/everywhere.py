"""A watch on every module and loss that is called at all, whoever built it: for a whole test, a script, a training."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary, ref

import torch
from torch import nn

from batchfirst.model.errors import BatchfirstWarning, LayoutError
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.report import Measured, Report
from batchfirst.observe.callsite import local_names
from batchfirst.observe.functions import listen, unlisten
from batchfirst.observe.hooks import attached, detach
from batchfirst.observe.hooks_global import hook_all, is_last, unhook_all
from batchfirst.observe.shortcut import KEY
from batchfirst.session.counting import Counted, CountedFunctions, CountedWatch, audited
from batchfirst.session.explain import explain, explained
from batchfirst.session.kept import recurrent_inside
from batchfirst.session.outermost import Audits, Outermost
from batchfirst.session.policy import act
from batchfirst.session.ranks import ranked

_CALL: CodeType = nn.Module._call_impl.__code__


class _Once:
    """Judges one call after it was made: a hook of the user's could still change its arguments before."""

    def __init__(self, ear: Counted) -> None:
        self.ear = ear

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The next call: torch refused the one that was to be judged."""
        detach(module, self)

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        __tracebackhide__ = True
        detach(module, self)
        told = self.ear.before(module, args, kwargs)
        if told is not None:
            told.settle(())


class Everywhere(CountedWatch):
    """Covers each outermost module when it is first called, with all that is inside it, and the loss functions; until
    `stop`.

    given: "raise", "warn", "record" or "breakpoint".
    layout: what the input of the first model with a recurrent module in it is; of other models nothing is declared.
    ignore: codes that are neither acted on nor recorded.
    audits: where given, each outermost module with a recurrent module inside is kept as it is called, and measured by
        `audit`, once for each kind of call among all that share these `Audits`.
    """

    def __init__(
        self, given: str, layout: Layout | None = None, ignore: Collection[str] = (), audits: Audits | None = None
    ) -> None:
        super().__init__(layout, given, ignore)
        self._layout = layout
        self._first: ref[nn.Module] | None = None  # the model that the layout speaks of
        self._recurrent: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
        self._audits = None if audits is None else Outermost(audits)
        self._measured: list[Measured] = []
        self._functions = CountedFunctions(self)
        self._global: int | None = hook_all(self._before)
        listen(self._functions)

    def stop(self) -> None:
        """Take every hook off. Again is no different."""
        if self._global is not None:
            unhook_all(self._global)
            self._global = None
            unlisten(self._functions)
        self._first = None
        if self._audits is not None:
            self._audits.clear()
        super().stop()

    def audit(self) -> None:
        """Measure what was kept so far, and act on what is found as on everything else.

        For a moment when the program is not at work: what it prints, counts and times is then its own. Its models
        and tensors, and the random generators, are left as they are.
        """
        __tracebackhide__ = True
        found: list[Finding] = []
        for measured, now in [] if self._audits is None else self._audits.measured():
            mine = tuple(ranked(one) for one in measured.findings if one.code not in self.ignore)
            found += mine
            if now:
                self._measured.append(dataclasses.replace(measured, findings=mine))
        self.record(found)
        if self.policy == "raise":
            self.stopped(found)
        act(found, self.policy)

    def explain(self, error: BaseException) -> str:
        """What is to be told of an error that the program did not catch; "" where nothing is certain, or all is told.

        What is found is recorded like the rest. Raises nothing.
        """
        if not isinstance(error, Exception) or isinstance(error, (LayoutError, BatchfirstWarning)):
            return ""
        try:
            told = explain(error)
            findings = [found for found in told.findings if found.code not in self.ignore]
            if len(findings) < len(told.findings):
                return ""
            lines = {(found.code, found.location and found.location.line) for found in self.findings}
            self.record([one for one in findings if (one.code, one.location and one.location.line) not in lines])
            return str(told) if findings and not explained(error) else ""
        except Exception:  # warnings may be errors: the program's own error comes first
            return ""

    def report(self, *places: str, handled: bool = False) -> Report:
        """What was watched, measured and found so far; places, handled: as in `collected`."""
        builder = self.collected(self._measured, *places, handled=handled)
        for remark in () if self._audits is None else self._audits.remarks:
            builder.remark(remark)
        return builder.build()

    def _before(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        __tracebackhide__ = True
        if torch.compiler.is_compiling() or isinstance(module, torch.jit.ScriptModule) or audited():
            return
        new = module not in self._members
        looks = self.looks_out
        if not new and not looks:
            return
        heard = attached(module)
        caller: FrameType = sys._getframe(1)
        kwargs = local_names(caller).get("kwargs", {})  # torch hands a global hook the positional arguments only
        if looks and not _nested(caller):
            self._outermost(module, args, kwargs)
        if new and heard:
            self.cover(module)  # another watch's hook is in torch's list, and tells our ears too
        elif new:
            self._cover_now(module, args, kwargs)

    @property
    def looks_out(self) -> bool:
        """Whether it has to know which calls are outermost ones."""
        return self._layout is not None or self._audits is not None

    def _cover_now(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Cover a module in the middle of a call. torch has listed the hooks of this call already: ears that are put
        on now hear the next one, so they are told of this one here, or after it where its arguments may still change.
        """
        __tracebackhide__ = True
        others = [key for key in vars(module)["_forward_pre_hooks"] if key != KEY]
        quiet = not others and self._global is not None and is_last(self._global)
        self.cover(module)
        for listener in self._listening.get(module, ()):
            if isinstance(listener, Counted) and quiet:
                told = listener.before(module, args, kwargs)
                if told is not None:
                    told.settle(())
            elif isinstance(listener, Counted):
                self._listen(module, _Once(listener), results=True)

    def _outermost(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Take an outermost module's inputs for what they are declared to be, and keep the call to be audited."""
        recurrent = self._recurrent.get(module)
        if recurrent is None:
            recurrent = self._recurrent[module] = recurrent_inside(module)
        if recurrent and self._first is None:
            self._first = ref(module)
        layout = self._layout if self._first is not None and self._first() is module else None
        if self._layout is not None:
            self.known.begin(args, kwargs, layout)
            if layout is not None:
                self.seen[f"{layout.text}, as declared"] = None
        if self._audits is not None and recurrent and self._audits.wants(module):
            declared = layout if layout is not None else self._known_of(args, kwargs)
            if self._audits.begins(module, args, kwargs, declared):
                self._listen(module, self._audits, results=True)

    def _known_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Layout] | None:
        """The layouts of inputs that are known though nobody declared them, by path."""
        return None


def _nested(frame: FrameType) -> bool:
    """Whether the call in `frame` happens inside another module's call."""
    outer = frame.f_back
    calls = 0 if frame.f_code is _CALL else -1  # torch may run the hooks in a function inside its call
    while outer is not None:
        calls += outer.f_code is _CALL
        outer = outer.f_back
    return calls > 0
