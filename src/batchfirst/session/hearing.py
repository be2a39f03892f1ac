"""What every check of a running model shares: ears on modules, verdicts that are remembered, findings that are kept."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Literal

from torch import Tensor, nn
from torch.nn.modules.loss import _Loss

from batchfirst.model import settings
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact
from batchfirst.model.settings import Policy
from batchfirst.observe.callsite import user_location
from batchfirst.observe.hooks_layouts import KnownLayouts
from batchfirst.observe.hooks_signature import (
    arguments_at_hand,
    call_fact,
    crossed,
    named_arguments,
    settings_signature,
    signature,
)
from batchfirst.observe.shortcut import LONG_WAY
from batchfirst.observe.unchecked import Plan, plan_for_call
from batchfirst.session.judging import Judgement, judge, judging
from batchfirst.session.policy import act
from batchfirst.session.ranks import ranked
from batchfirst.session.tracing import traced

_CALLS_KEPT = 256
_FINDINGS_KEPT = 256
_VERDICTS_KEPT = 512
NO_KWARGS: dict[str, Any] = {}
CROSSED = Layout.parse("...")  # of a prediction whose broadcast is to be reported: its axes do not matter


@dataclass(slots=True)
class Seen:
    """What is remembered of one kind of call.

    plan: how the next one like it can be made, False where only torch's own forward can; None: not known yet.
    """

    fact: CallFact
    judgement: Judgement | None
    plan: Plan | Literal[False] | None = None


class Hearing:
    """Findings, calls and verdicts of what one watch or one checked function hears.

    given: the policy that was asked for; None leaves it to the environment at the time of a mismatch.
    """

    def __init__(self, given: str | None, declares: bool) -> None:
        self.given, self.declares = given, declares
        self.known = KnownLayouts()
        self.verdicts: dict[Hashable, Seen] = {}
        self.log: deque[CallFact] = deque(maxlen=_CALLS_KEPT)
        self.most_verdicts = _VERDICTS_KEPT
        self._found: dict[Hashable, Finding] = {}
        self._lock = threading.Lock()
        self._numbers = count()

    def number(self) -> int:
        """A number for an ear, never given twice: verdicts are remembered by it."""
        return next(self._numbers)

    @property
    def policy(self) -> Policy:
        return settings.policy(self.given)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order it was found; the first 256."""
        return tuple(self._found.values())

    @property
    def calls(self) -> tuple[CallFact, ...]:
        """The last 256 calls."""
        return tuple(self.log)

    def follow(self, module: nn.Module, listener: Any) -> None:
        """Hear the results of `module` from now on, of the running call too, unless they are heard already."""

    def record(self, findings: Sequence[Finding]) -> None:
        """Keep findings that are new."""
        with self._lock:
            for finding in findings:
                if len(self._found) < _FINDINGS_KEPT:
                    key = (finding.code, finding.module, finding.location)
                    self._found.setdefault(key, ranked(finding))

    def remember(self, key: Hashable, seen: Seen) -> None:
        """Keep a verdict; all are forgotten when there are too many."""
        with self._lock:
            if len(self.verdicts) >= self.most_verdicts:
                self.verdicts.clear()
            self.verdicts[key] = seen


@dataclass(frozen=True, slots=True)
class Told:
    """What one watch has against one call; `at_hand` gives the call's arguments by name."""

    watch: Hearing
    judgement: Judgement
    at_hand: Callable[[], Mapping[str, Any]]

    def settle(self, others: Sequence[Any]) -> None:
        """Record it in every watch that found it; the innermost one acts, the others on what only they have found."""
        __tracebackhide__ = True
        acted: set[str] = set()
        due: list[tuple[Told, list[Finding]]] = []
        for report in (self, *others):
            report.watch.record(report.judgement.findings)
            mine = [finding for finding in report.judgement.findings if finding.code not in acted]
            acted.update(finding.code for finding in mine)
            due.append((report, mine))
        for report, mine in sorted(due, key=lambda one: one[0].watch.policy == "raise"):  # raising comes last
            act(mine, report.watch.policy, report.judgement.like, report.at_hand, report.judgement.said)


class Ear:
    """Listens to one module for one watch.

    settled: whether it was asked for that its results are heard, which is done when something is known of its input.
    """

    __slots__ = ("number", "path", "settled", "watch")

    def __init__(self, watch: Hearing, path: str) -> None:
        self.watch, self.path, self.number, self.settled = watch, path, watch.number(), False

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Told | None:
        watch = self.watch
        first = args[0] if args else next(iter(kwargs.values()), None)
        declared = self._declared(module, first)
        try:
            key = self._key(module, args, kwargs, declared)
            seen = watch.verdicts.get(key)
        except (TypeError, RuntimeError):
            return None  # symbolic sizes, as in tracing, or none, as a nested tensor has
        if seen is None or (seen.judgement is not None and seen.fact.location != user_location(sys._getframe(1))):
            if judging() or traced(()):
                return None  # torch is being asked what it says to a call, or runs it for its graph
            seen = self._judge(key, module, args, kwargs, declared)
        watch.log.append(seen.fact)
        if seen.judgement is None:
            return None
        return Told(watch, seen.judgement, partial(arguments_at_hand, module, args, kwargs))

    def quick(self, module: nn.Module, own: dict[str, Any], args: tuple[Any, ...]) -> Any:
        """The result of a call that is known to be right, LONG_WAY of another. own: the module's `__dict__`."""
        first = args[0] if args else None
        if first.__class__ is not Tensor:
            return LONG_WAY
        watch = self.watch
        try:
            seen = watch.verdicts.get(self._key(module, args, NO_KWARGS, self._declared(module, first)))
        except (TypeError, RuntimeError):
            return LONG_WAY
        if seen is None or seen.judgement is not None:
            return LONG_WAY
        watch.log.append(seen.fact)
        plan = seen.plan
        if plan and plan.fits(module, own):
            return plan.run(own, *args)
        result = module.forward(*args)
        if plan is None:
            seen.plan = plan_for_call(module, args) or False
        return result

    def _declared(self, module: nn.Module, first: Any) -> Layout | None:
        """What the first argument is known to be: of its way here, or by a drop-in that was told."""
        watch = self.watch
        if watch.declares:
            known = watch.known.of(first)
            if known is not None:
                if not self.settled:
                    self.settled = True
                    watch.follow(module, self)
                return known
        return module.__dict__.get("_layout")

    def _key(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], declared: Layout | None
    ) -> Hashable:
        """What a verdict on this call is remembered by. Raises as `signature`."""
        text = None if declared is None else declared.text
        return self.number, signature(args, kwargs), settings_signature(module), text

    def _judge(
        self, key: Hashable, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], declared: Layout | None
    ) -> Seen:
        if self.watch.declares and isinstance(module, _Loss):
            declared = CROSSED if crossed(named_arguments(module, args, kwargs), module.reduction) else None
        location = user_location(sys._getframe(1))
        fact = call_fact(module, self.path, args, kwargs, location)
        seen = Seen(fact, judge(module, args, kwargs, fact, declared))
        self.watch.remember(key, seen)
        return seen

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.watch.known.follow(module, args, output)


class Quiet:
    """A listener that has nothing against any call."""

    __slots__ = ()

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See `observe.hooks.Listener`."""
        raise NotImplementedError

    def quick(self, module: nn.Module, own: dict[str, Any], args: tuple[Any, ...]) -> Any:
        """The result of a call. own: the module's `__dict__`."""
        self.before(module, args, NO_KWARGS)
        return module.forward(*args)


class Follower(Quiet):
    """Hears the results of modules that no contract speaks of, but that pass a layout on."""

    __slots__ = ("settled", "watch")

    def __init__(self, watch: Hearing) -> None:
        self.watch, self.settled = watch, False

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Any input is right for these."""
        if not self.settled and args and self.watch.known.of(args[0]) is not None:
            self.settled = True
            self.watch.follow(module, self)

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.watch.known.follow(module, args, output)
