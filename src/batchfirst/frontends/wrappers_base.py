"""What the six drop-ins share: the check before torch's own forward, and the way from and to torch's classes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, Self, TypeVar, cast

import torch
from torch import nn

from batchfirst.frontends.wrappers_tools import Rebuilt
from batchfirst.model import settings
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.observe.callsite import user_location
from batchfirst.observe.compiling import Unknown, at_trace_time, never_compiled, traced_call
from batchfirst.observe.hooks import attached
from batchfirst.observe.hooks_signature import arguments_at_hand, call_fact, settings_signature, signature
from batchfirst.observe.shortcut import without
from batchfirst.observe.unchecked import Plan, plan_for
from batchfirst.session.explain import attach
from batchfirst.session.judging import judge
from batchfirst.session.policy import act
from batchfirst.session.ranks import ranked

_T = TypeVar("_T")
_KEPT = 128
_is_compiling = torch.compiler.is_dynamo_compiling
_is_tracing = torch._C._get_tracing_state


class Known(Enum):
    """What is remembered of a call that torch's own forward makes."""

    RIGHT = "right"
    HEARD = "wrong, and told by who listens to this module"


class Remembered(dict[Any, Plan | Known]):
    """Calls that were judged, most with a plan for the next one like it. Stays behind when its module is copied."""

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Remembered:
        return Remembered()

    def __reduce__(self) -> Any:
        return Remembered, ()

    def keep(self, key: Any, verdict: Plan | Known) -> None:
        """Remember a call; all are forgotten when there are too many."""
        if len(self) >= _KEPT:
            self.clear()
        self[key] = verdict


class Checked(Rebuilt):
    """A recurrent module of torch's that says what is wrong with a call before torch makes it."""

    _layout: Layout | None
    _remembered: Remembered

    def _declare(self, layout: str | Layout | None) -> None:
        self._layout = Layout.parse(layout) if isinstance(layout, str) else layout
        self._remembered = Remembered()
        self._seen_by_tools()

    @property
    def layout(self) -> str | None:
        """What the caller's data is declared to be, such as "batch seq features"; None where it is not declared."""
        return None if self._layout is None else self._layout.text

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, each once, in the order it was found."""
        return tuple(self._remembered.findings)

    @classmethod
    def from_torch(cls, existing: nn.Module, layout: str | None = None) -> Self:
        """The same module as one of ours. It shares its parameters, so that training one trains the other.

        layout: what the caller's data is. Raises UsageError for a module of another class; a parametrized one
        (weight_norm, pruning by parametrization) is of another class until its parametrization is removed.
        """
        if type(existing) not in (cls, cls._torch):
            name = cls._torch.__name__
            raise UsageError("existing", type(existing).__name__, f"torch.nn.{name} or batchfirst.{name} itself")
        new = cast(Self, _shared(existing, cls))
        new._declare(layout)
        return new

    def to_torch(self) -> nn.Module:
        """The same module as torch's own class, for what accepts no subclass. It shares its parameters.

        Raises UsageError for a subclass, whose own forward torch's class does not have.
        """
        if "_torch" not in vars(type(self)):
            raise UsageError("to_torch", type(self).__name__, f"batchfirst.{self._torch.__name__} itself")
        new = _shared(self, self._torch)
        for ours in ("_layout", "_remembered", "__module__"):
            new.__dict__.pop(ours, None)
        return new

    def extra_repr(self) -> str:
        told = super().extra_repr()
        return told if self._layout is None else f'{told}, layout="{self._layout.text}"'

    def _forward(self, input: Any, hx: Any, torch_forward: Callable[..., _T]) -> _T:
        """Check a call and make it; a call that was made before is known to be right, to us and to torch."""
        __tracebackhide__ = True
        if _is_compiling():
            at_trace_time(_check_traced)
            return torch_forward(input, hx)
        if _is_tracing():
            return torch_forward(input, hx)
        own = self.__dict__
        remembered: Remembered = own["_remembered"]
        try:
            key = self.__class__, signature((input,) if hx is None else (input, hx), {}), settings_signature(self)
            known = remembered.get(key)
        except (TypeError, RuntimeError):
            return torch_forward(input, hx)  # symbolic sizes, or none: someone is tracing, or it is a nested tensor
        if isinstance(known, Plan):
            return known.run(own, input, hx) if known.usable(own) else torch_forward(input, hx)
        if known is Known.RIGHT or (known is Known.HEARD and attached(self)):
            return torch_forward(input, hx)
        verdict: Plan | Known | None = self._check(input, hx)
        try:
            out = torch_forward(input, hx)
        except Exception as error:
            if settings.policy() != "off":
                attach(error)
            raise
        if verdict is Known.RIGHT:
            function = getattr(torch_forward, "__func__", None)
            verdict = plan_for(self, self._torch, function, input, hx) or verdict
        if verdict is not None:
            remembered.keep(key, verdict)
        return out

    @never_compiled
    def _check(self, input: Any, hx: Any) -> Known | None:
        """What may be remembered of this call. Raises, warns or records what is wrong with it."""
        __tracebackhide__ = True
        policy = settings.policy()
        if policy == "off":
            return None
        location = user_location(sys._getframe(1))
        fact = call_fact(self, "", (input, hx), {}, location)
        judgement = judge(self, (input, hx), {}, fact, self._layout)
        if judgement is None:
            return Known.RIGHT
        if attached(self):
            return Known.HEARD
        found = [ranked(finding) for finding in judgement.findings]
        self._remembered.findings += [f for f in found if f not in self._remembered.findings][:_KEPT]
        act(found, policy, judgement.like, lambda: arguments_at_hand(self, (input, hx), {}), judgement.said)
        return None


def _check_traced(context: Any) -> None:
    with suppress(Unknown), traced_call(context, "self", "input", "hx") as (module, input, hx):
        module._check(input, hx)


def _shared(existing: nn.Module, cls: type[nn.Module]) -> nn.Module:
    """A module of class `cls` with the parameters, buffers, settings and hooks of `existing`."""
    new = cls.__new__(cls)
    for name, value in without(vars(existing)).items():
        # Its own dictionaries and lists, so that what is registered with one does not appear in the other.
        new.__dict__[name] = value.copy() if isinstance(value, (dict, list)) else value
    return new
