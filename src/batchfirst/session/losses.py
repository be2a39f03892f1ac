"""Losses that a program calls as functions: `nn.functional.mse_loss(prediction, target)`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from batchfirst.model.observation import CallFact
from batchfirst.observe.called import Called
from batchfirst.observe.callsite import user_location
from batchfirst.observe.facts import fact_of
from batchfirst.observe.hooks_signature import crossed, signature
from batchfirst.session.hearing import CROSSED, Hearing, Seen, Told
from batchfirst.session.judging import judge_function, judging


class FunctionEar:
    """Listens to torch's loss functions for one watch."""

    __slots__ = ("number", "watch")

    def __init__(self, watch: Hearing) -> None:
        self.watch, self.number = watch, watch.number()

    def called(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Told | None:
        """What there is to tell of this call, arguments by torch's names; None where nothing is wrong."""
        if judging():
            return None  # torch is being asked what it says to a call
        watch = self.watch
        reduction = "none" if arguments.get("reduce") is False else str(arguments.get("reduction"))
        try:
            key = (self.number, function, signature((), arguments), reduction)
            seen = watch.verdicts.get(key)
        except TypeError:
            return None  # symbolic sizes: someone is tracing
        if seen is None or (seen.judgement is not None and seen.fact.location != user_location(sys._getframe(1))):
            declared = CROSSED if watch.declares and crossed(arguments, reduction) else None
            facts = {name: fact_of(value) for name, value in arguments.items()}
            fact = CallFact(Called(function.__name__, arguments).fact(), facts, user_location(sys._getframe(1)))
            seen = Seen(fact, judge_function(function, arguments, fact, declared))
            watch.remember(key, seen)
        watch.log.append(seen.fact)
        return None if seen.judgement is None else Told(watch, seen.judgement, lambda: arguments)
