"""Audits of models nobody handed over: of the outermost modules that a program calls, once for each kind of call."""

from __future__ import annotations

import io
import warnings
from collections.abc import Hashable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

from batchfirst.model.errors import UsageError
from batchfirst.model.report import Measured
from batchfirst.session.audit import Audit, audit
from batchfirst.session.kept import Declared, Kept, Unmeasured, brief, configuration, keep, kind_of_call


class Audits:
    """What was measured, by class, configuration and kind of call: each is measured once, whoever asks again."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Measured | str] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._known

    def of(self, key: Hashable, call: Kept | None) -> tuple[Measured | str, bool]:
        """What was measured of a call (text: why it could not be), and whether that was done just now."""
        now = key not in self._known
        if now:
            assert call is not None
            self._known[key] = _measured(call)
        return self._known[key], now


class Outermost:
    """The calls of outermost modules that one watch has to measure: those that returned, each kind once."""

    def __init__(self, audits: Audits) -> None:
        self.audits = audits
        self.remarks: list[str] = []
        self._returned: WeakKeyDictionary[nn.Module, set[Hashable]] = WeakKeyDictionary()  # kinds of its calls
        self._running: WeakKeyDictionary[nn.Module, tuple[Hashable, Hashable, Kept | None]] = WeakKeyDictionary()
        self._due: dict[Hashable, Kept | None] = {}

    def wants(self, module: nn.Module) -> bool:
        """Whether calls of an outermost module that begin now are to be measured."""
        return True

    def begins(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], layout: Declared) -> bool:
        """Keep the call that begins, if its kind is new; whether this watch has to listen for the module's end."""
        new = module not in self._returned
        known = self._returned.setdefault(module, set())
        try:
            kind = kind_of_call(args, kwargs, layout)
            if kind not in known:
                key = (configuration(module), kind)
                there = key in self._due or key in self.audits
                self._running[module] = (kind, key, None if there else keep(module, args, kwargs, layout))
        except Unmeasured as reason:
            known.add(kind)
            self.remarks.append(f"not audited: {reason}")
        except Exception as error:  # inputs of the user's own kinds may do anything; the call goes on
            self.remarks.append(f"not audited: {type(module).__name__}: {brief(error)}")
        return new

    def before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Nothing: `begins` has heard of the call."""

    def after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """A call returned. One that raises is not worth an audit."""
        running = self._running.pop(module, None)
        if running is not None:
            kind, key, call = running
            self._returned[module].add(kind)
            self._due.setdefault(key, call)

    def measured(self) -> list[tuple[Measured, bool]]:
        """What was measured of the calls so far, and whether that was done for this watch."""
        due, self._due = self._due, {}
        found = []
        for key, call in due.items():
            result, now = self.audits.of(key, call)
            if isinstance(result, str):
                self.remarks.append(f"not audited: {result}")
            else:
                found.append((result, now))
        return found

    def clear(self) -> None:
        """Let go of every call."""
        self._running.clear()
        self._due.clear()


def _measured(call: Kept) -> Measured | str:
    # What the program prints and warns of was printed and told when it made the call itself.
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            found = call.made_by(lambda: _audit(call))
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # what leaves a program: pytest.skip, sys.exit
            return f"{call.name}: {brief(error)}"
    return Measured(call.name, found.findings, found.trace)


def _audit(call: Kept) -> Audit:
    try:
        return audit(call.module, *call.args, kwargs=call.kwargs, layout=call.layout)
    except UsageError:
        if call.layout is None:
            raise
        return audit(call.module, *call.args, kwargs=call.kwargs)  # it takes something else than was declared
