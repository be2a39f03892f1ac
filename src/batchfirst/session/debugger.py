"""The debugger, opened at the user's line, with what a finding speaks of at hand.

`sys.breakpointhook` shows its caller's frame. So it is called from a frame that stands in for the user's: the same
file, line and function, the user's names as a copy, and ours beside them. Python's own debugger is opened here, so that
its stack and its steps are those of the user's frame itself.
"""

from __future__ import annotations

import bdb
import os
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from batchfirst.observe.callsite import local_names, stand_in

_CALL = "__batchfirst_debugger__"  # what the stand-in's code calls
_OURS = ("batchfirst.frontends.*", "batchfirst.observe.*", "batchfirst.session.*")  # a step ends in none of these


def open_debugger(frame: FrameType, names: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Open the debugger that `sys.breakpointhook`, or PYTHONBREAKPOINT, names at `frame`; return when it is let go.

    names: what is at hand in it where the program itself has no such name; ours: what is at hand in any case. Nothing
    of the program is written to. Raises bdb.BdbQuit where the user quits the debugger.
    """
    __tracebackhide__ = True
    import pdb  # noqa: T100 - this is what policy "breakpoint" asks for

    own = local_names(frame)
    at_hand = {name: value for name, value in names.items() if name not in own and name not in frame.f_globals}
    hook: Callable[[], Any] = sys.breakpointhook
    plain = hook is sys.__breakpointhook__ and os.environ.get("PYTHONBREAKPOINT", "") in ("", "pdb.set_trace")
    if plain and pdb.set_trace.__module__ == "pdb":  # else somebody's own, as pytest's that lets go of stdin first
        hook = lambda: _open_pdb(frame, sys._getframe(1))  # noqa: E731 - the stand-in is what calls it
    exec(stand_in(frame, _CALL), frame.f_globals, {**own, **at_hand, **ours, _CALL: hook})


def _open_pdb(user: FrameType, shown: FrameType) -> None:
    import pdb  # noqa: T100

    class AtUserFrame(pdb.Pdb):
        """Asks at once, at the call that is about to be made, and traces nothing unless told to step.

        While it asks, `shown` stands for the user's frame: it has the names at hand.
        """

        asking = True
        resume: Callable[[], None] | None = None  # None: nothing is to be traced

        def ask(self) -> None:
            tracing = sys.gettrace()
            sys.settrace(None)
            try:
                self.reset()
                self.user_line(user)
                self.asking = False
                if self.quitting:
                    raise bdb.BdbQuit
                if self.resume is not None:
                    self.set_trace(user)
                    sys.settrace(None)  # until it is said where to stop
                    self.resume()
                    tracing = self.trace_dispatch
            finally:
                sys.settrace(tracing)

        def get_stack(self, f: FrameType | None, t: Any) -> tuple[list[tuple[FrameType, int]], int]:
            stack, index = super().get_stack(f, t)
            if self.asking:
                stack = [(shown if frame is user else frame, line) for frame, line in stack]
            return stack, index

        def later(self, how: Callable[..., None], *arguments: Any) -> None:
            """Do it now; while asking, after the program's frames are traced."""
            if self.asking:
                self.resume = lambda: how(*arguments)
            else:
                how(*arguments)

        def set_continue(self) -> None:
            if self.asking and not self.breaks:
                self.resume = None
            else:
                self.later(super().set_continue)

        def set_step(self) -> None:
            self.later(super().set_step)

        def set_next(self, frame: FrameType) -> None:
            self.later(super().set_next, _meant(frame))

        def set_return(self, frame: FrameType) -> None:
            self.later(super().set_return, _meant(frame))

        def set_until(self, frame: FrameType, lineno: int | None = None) -> None:
            self.later(super().set_until, _meant(frame), lineno)

    def _meant(frame: FrameType) -> FrameType:
        return user if frame is shown else frame

    AtUserFrame(nosigint=True, skip=_OURS).ask()
