"""A watch: hears every call of a model's modules, judges each kind of call once, and acts on what is wrong with it."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn.modules.module import register_module_module_registration_hook

from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact
from batchfirst.model.settings import Policy
from batchfirst.observe.callsite import user_location
from batchfirst.observe.hooks import attach, detach
from batchfirst.observe.hooks_layouts import KnownLayouts
from batchfirst.observe.hooks_signature import (
    FOLLOWED,
    call_fact,
    contract_kind,
    settings_signature,
    signature,
)
from batchfirst.observe.inputs import Layouts
from batchfirst.session.judging import Judgement, judge, judging
from batchfirst.session.policy import act, ranked

_CALLS_KEPT = 256
_FINDINGS_KEPT = 256
_VERDICTS_KEPT = 512  # or 8 for each module, where that is more


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is remembered of one kind of call."""

    fact: CallFact
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class _Report:
    """What one watch has against one call."""

    watch: Watching
    judgement: Judgement

    def settle(self, others: Sequence[Any]) -> None:
        """Record it in every watch that found it; the innermost one acts, the others on what only they have found."""
        __tracebackhide__ = True
        acted: set[str] = set()
        due: list[tuple[_Report, list[Finding]]] = []
        for report in (self, *others):
            report.watch.record(report.judgement.findings)
            mine = [finding for finding in report.judgement.findings if finding.code not in acted]
            acted.update(finding.code for finding in mine)
            due.append((report, mine))
        for report, mine in sorted(due, key=lambda one: one[0].watch.policy == "raise"):  # raising comes last
            act(mine, report.watch.policy, report.judgement.like)


class _Ear:
    """Listens to one module for one watch."""

    __slots__ = ("number", "path", "watch")

    def __init__(self, watch: Watching, path: str, number: int) -> None:
        self.watch, self.path, self.number = watch, path, number

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Report | None:
        watch = self.watch
        declared = module.__dict__.get("_layout")  # of a drop-in that was told what its data is
        if watch.declares:
            declared = watch.known.of(args[0] if args else next(iter(kwargs.values()), None)) or declared
        try:
            key = (self.number, signature(args, kwargs), settings_signature(module), declared)
            seen = watch.verdicts.get(key)
        except TypeError:
            return None  # symbolic sizes: someone is tracing
        if seen is None or (seen.judgement is not None and seen.fact.location != user_location(sys._getframe(1))):
            if judging():
                return None  # torch is being asked what it says to a call
            seen = self._judge(key, module, args, kwargs, declared)
        watch.log.append(seen.fact)
        return None if seen.judgement is None else _Report(watch, seen.judgement)

    def _judge(
        self, key: Hashable, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], declared: Layout | None
    ) -> _Seen:
        location = user_location(sys._getframe(1))
        fact = call_fact(module, self.path, args, kwargs, location)
        seen = _Seen(fact, judge(module, args, kwargs, fact, declared))
        self.watch.remember(key, seen)
        return seen

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.watch.known.follow(module, args, output)


class _Root:
    """Hears the model's own calls, and takes its inputs for what they are declared to be."""

    __slots__ = ("layouts", "watch")

    def __init__(self, watch: Watching, layouts: Layouts) -> None:
        self.watch, self.layouts = watch, layouts

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.watch.known.begin(args, kwargs, self.layouts)

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """Nothing: the result may be anything."""


class _Follower:
    """Hears the results of modules that no contract speaks of, but that pass a layout on."""

    __slots__ = ("watch",)

    def __init__(self, watch: Watching) -> None:
        self.watch = watch

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Nothing: any input is right for these."""

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.watch.known.follow(module, args, output)


class Watching:
    """Ears on every module inside `model` that a contract speaks of, from `start` to `stop`."""

    def __init__(self, model: nn.Module, layouts: Layouts, policy: Policy) -> None:
        self.policy = policy
        self.known = KnownLayouts()
        self.declares = layouts is not None
        self.verdicts: dict[Hashable, _Seen] = {}
        self.log: deque[CallFact] = deque(maxlen=_CALLS_KEPT)
        self._found: dict[Hashable, Finding] = {}
        self._lock = threading.Lock()
        self._members: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()
        self._listening: WeakKeyDictionary[nn.Module, tuple[Any, ...]] = WeakKeyDictionary()
        self._registration: Any = None
        self._follower = _Follower(self)
        self._start(model, layouts)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order it was found; the first 256."""
        return tuple(self._found.values())

    @property
    def calls(self) -> tuple[CallFact, ...]:
        """The last 256 calls."""
        return tuple(self.log)

    def record(self, findings: Sequence[Finding]) -> None:
        """Keep findings that are new."""
        with self._lock:
            for finding in findings:
                if len(self._found) < _FINDINGS_KEPT:
                    key = (finding.code, finding.module, finding.location, finding.label)
                    self._found.setdefault(key, ranked(finding))

    def remember(self, key: Hashable, seen: _Seen) -> None:
        """Keep a verdict; all are forgotten when there are too many."""
        with self._lock:
            if len(self.verdicts) >= max(_VERDICTS_KEPT, 8 * len(self._listening)):
                self.verdicts.clear()
            self.verdicts[key] = seen

    def cover(self, module: nn.Module, path: str = "") -> None:
        """Listen to `module` and everything inside it. What is listened to already is left as it is."""
        for name, part in module.named_modules(prefix=path):
            if part in self._members or isinstance(part, torch.jit.ScriptModule):
                continue
            self._members[part] = name
            follow = self.declares and isinstance(part, FOLLOWED)
            if contract_kind(part) is not None:
                self._listen(part, _Ear(self, name, len(self._members)), follow)
            elif follow:
                self._listen(part, self._follower, follow)

    def stop(self) -> None:
        """Take every hook off. Again is no different."""
        if self._registration is not None:
            self._registration.remove()
            self._registration = None
        for module, listeners in list(self._listening.items()):
            for listener in listeners:
                detach(module, listener)
        self._listening.clear()

    def _start(self, model: nn.Module, layouts: Layouts) -> None:
        if self.declares:
            self._listen(model, _Root(self, layouts), False)
        self.cover(model)
        self._registration = register_module_module_registration_hook(self._registered)

    def _listen(self, module: nn.Module, listener: Any, follow: bool) -> None:
        attach(module, listener, follow)
        self._listening[module] = (*self._listening.get(module, ()), listener)

    def _registered(self, parent: nn.Module, name: str, module: nn.Module | None) -> None:
        """A module was put into another one: if that one is watched, this one is from now on."""
        path = self._members.get(parent)
        if path is not None and module is not None:
            self.cover(module, f"{path}.{name}" if path else name)

