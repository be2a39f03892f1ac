"""One call that is about to be made, judged: what is wrong with it, and how torch would put it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from batchfirst.contracts.check import accepts
from batchfirst.contracts.recurrent import KINDS, RecurrentSettings
from batchfirst.diagnosis.loud import diagnose_call, diagnose_crash
from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.observation import CallFact, Fact, PackedFact, TensorFact
from batchfirst.observe.callsite import is_ours, with_callers
from batchfirst.observe.compiling import at_trace
from batchfirst.observe.traceback import crash_of
from batchfirst.session.policy import broken


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a call, and the class of error that torch raises for it: RuntimeError where it raises none.

    said: its message, None where it raises none.
    """

    findings: tuple[Finding, ...]
    like: type[BaseException] = RuntimeError
    said: str | None = None


class _Asking(threading.local):
    now = False


_asking = _Asking()
_one_at_a_time = threading.RLock()  # generators of random numbers and filters of warnings are the whole process's


def judging() -> bool:
    """Whether this thread is asking torch what it says to a call: the calls that are made then are ours."""
    return _asking.now


def judge(
    module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], fact: CallFact, declared: Layout | None
) -> Judgement | None:
    """What is wrong with a call of one of torch's modules; None where nothing is.

    declared: the layout of its input, where that is known. Where a mistake is one that torch refuses, torch is asked:
    what it accepts after all is no mistake, and its own error is explained as `batchfirst.explain` explains it.
    """
    return _judged(fact, declared, lambda: torch_error(module, args, kwargs))


def judge_function(
    function: Callable[..., Any], arguments: Mapping[str, Any], fact: CallFact, declared: Layout | None
) -> Judgement | None:
    """The same of a call of one of torch's functions."""
    tensors = arguments.values()
    return _judged(fact, declared, lambda: _error_of(lambda: function(**arguments), tensors))


def _judged(fact: CallFact, declared: Layout | None, ask: Callable[[], Exception | None]) -> Judgement | None:
    try:
        found = diagnose_call(fact, declared)
        if not found:
            return None
        loud = found if declared is None else diagnose_call(fact, None)
        error = ask() if loud and _safe_to_ask(fact) else None
        if loud and error is None and _safe_to_ask(fact):
            codes = {finding.code for finding in loud}
            found = tuple(finding for finding in found if finding.code not in codes)
            if not found:
                return None
        if not at_trace():  # else the frames that run are the compiler's
            found = _from_source(fact, error, declared) or found
        return Judgement(found, *_class_and_message(error))
    except Exception as error:
        broken(f"judge a call of {fact.module.kind}", error)
        return None


def _class_and_message(error: Exception | None) -> tuple[type[BaseException], str | None]:
    return (RuntimeError, None) if error is None else (type(error), str(error))


def _from_source(fact: CallFact, error: Exception | None, declared: Layout | None) -> tuple[Finding, ...]:
    """The findings with what the callers' source says of the arguments' origins, as for an error that was raised."""
    crash = crash_of(error or _Pending().with_traceback(with_callers(None)))
    if crash is None or crash.call.module.kind != fact.module.kind:
        return ()
    module = replace(crash.call.module, path=fact.module.path or crash.call.module.path)
    call = replace(crash.call, module=module, error=crash.call.error if error is not None else None)
    return diagnose_crash(replace(crash, call=call), declared)


class _Pending(Exception):
    """Stands for an error that torch does not raise, so that the callers can be read as from a traceback."""


def torch_error(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception | None:
    """The error that torch's own forward raises for this call, with the caller's stack as its traceback.

    None where it raises none. Generators of random numbers and buffers are as before in any case.
    """
    kind: Any = next(base for base in type(module).__mro__ if base.__module__.startswith("torch.nn."))
    buffers = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        return _error_of(lambda: kind.forward(module, *args, **kwargs), (*args, *kwargs.values()))
    finally:
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def _error_of(call: Callable[[], object], values: Iterable[Any]) -> Exception | None:
    forked = torch.random.fork_rng(_devices(values))
    with _one_at_a_time, _asked(), torch.no_grad(), forked, warnings.catch_warnings():
        # Torch warns when it is about to accept a call. That is for the program's own call to do, and to make an error.
        warnings.simplefilter("ignore")
        try:
            call()
        except Exception as error:
            below = None if error.__traceback__ is None else error.__traceback__.tb_next
            while below is not None and is_ours(below.tb_frame.f_code.co_filename):
                below = below.tb_next
            return error.with_traceback(with_callers(below))
    return None


@contextmanager
def _asked() -> Iterator[None]:
    _asking.now = True
    # What autocast casts now, without gradients, older versions of torch would use in the program's own call.
    cached = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(cached)
        _asking.now = False


def _devices(values: Iterable[Any]) -> list[torch.device]:
    return list({one.device for one in values if isinstance(one, torch.Tensor) and one.device.type == "cuda"})


def _safe_to_ask(fact: CallFact) -> bool:
    """Whether torch checks such a call itself: where it does not, it may end the process."""
    if fact.module.kind not in KINDS:
        return True
    try:
        settings = RecurrentSettings.from_mapping(fact.module.kind, fact.module.settings)
    except UsageError:
        return False
    given, state = fact.args.get("input"), fact.args.get("hx")
    if isinstance(given, PackedFact):
        return state is None or not settings.has_cell_state
    if not isinstance(given, TensorFact):
        return True
    parts = state if isinstance(state, tuple) else (state,)
    h, c = _shape(parts[0] if parts else None), _shape(parts[1] if len(parts) > 1 else None)
    told = len(parts) if isinstance(state, tuple) and len(parts) != 2 else None
    return all(v.outcome == "refused" for v in accepts(settings, given.shape, h, c, state_parts=told))


def _shape(fact: Fact) -> tuple[int, ...] | None:
    return fact.shape if isinstance(fact, TensorFact) else None
