"""What is done about a finding: raise, warn, record, or stop in the debugger. The one place that raises findings."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

from batchfirst.model.errors import BatchfirstWarning, layout_error
from batchfirst.model.finding import Finding
from batchfirst.model.settings import Policy
from batchfirst.observe.callsite import user_frame
from batchfirst.render.plain import render_finding
from batchfirst.render.source import shown_path
from batchfirst.render.terminal import text_width, wants_color
from batchfirst.session.debugger import open_debugger
from batchfirst.session.ranks import ranked, this_process


def act(
    findings: Sequence[Finding],
    policy: Policy,
    like: type[BaseException] = RuntimeError,
    at_hand: Callable[[], Mapping[str, Any]] = dict,
    said: str | None = None,
) -> None:
    """Do what `policy` says about each finding; notes are never more than recorded, which the caller does.

    like: the class that torch raises for the same mistake, which the LayoutError then also is. at_hand: gives the
    arguments of the call by name, for the debugger. said: torch's own message, which the error has word for word, if
    need be in a note: a test may match it. Under "raise" an error raises LayoutError and a warning warns. Raises
    nothing else, unless warnings are errors or the debugger is quitted.
    """
    __tracebackhide__ = True
    if policy in ("off", "record"):
        return
    serious = [ranked(finding) for finding in findings if finding.severity != "note"]
    for finding in serious:
        if policy == "warn" or (policy == "raise" and finding.severity == "warning"):
            warn(finding)
        elif policy == "breakpoint":
            stop(finding, at_hand())
    errors = [finding for finding in serious if finding.severity == "error"]
    if policy == "raise" and errors:
        error = layout_error(errors[0], like)
        for also in errors[1:]:
            error.add_note(str(also))
        if said and said not in str(error):
            error.add_note(f"torch: {said}")
        _tell_the_others(errors[0])
        try:
            raise error
        finally:
            del error  # else this frame and the error keep each other, and with them the tensors of all frames above


def _tell_the_others(finding: Finding) -> None:
    """One line at once: a rank that raises may wait for the others before its error is printed, and they for it."""
    process = this_process()
    if process is not None and process.size > 1:
        at = finding.location
        place = "" if at is None else f" ({replace(at, file=shown_path(at.file))})"
        told = f"batchfirst: rank {process.rank} of {process.size} raises {finding.code}: {finding.summary}{place}"
        print(told, file=sys.stderr, flush=True)


def warn(finding: Finding) -> None:
    """Issue a BatchfirstWarning that points at the user's line."""
    warnings.warn(BatchfirstWarning(str(finding), finding), stacklevel=_level())


def remark(text: str) -> None:
    """Issue a BatchfirstWarning about batchfirst itself, at the user's line."""
    warnings.warn(BatchfirstWarning(text), stacklevel=_level())


def broken(doing: str, error: Exception) -> None:
    """Say that a check failed to work: a fault of ours never stops the user's run."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    remark(
        f"batchfirst could not {doing} and leaves it: {type(error).__name__}: {error} "
        f"({os.path.basename(where.filename)}:{where.lineno}); please report this"
    )


def stop(finding: Finding, arguments: Mapping[str, Any]) -> None:
    """Print the finding, and open the debugger that `sys.breakpointhook` names in the user's frame.

    At hand in it are `finding`, `tensors` (those of the call, by argument name), and the arguments by their names where
    the program has no such name itself.
    """
    __tracebackhide__ = True
    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence

    tensors = {name: value for name, value in arguments.items() if isinstance(value, (Tensor, PackedSequence))}
    told = "".join(f", {name}" for name in tensors if name.isidentifier())
    sys.stdout.flush()
    shown = render_finding(finding, color=wants_color(sys.stderr), width=text_width())
    print(f"{shown}\nat hand: finding, tensors{told}", file=sys.stderr, flush=True)
    frame = user_frame(sys._getframe(1))
    if frame is None:
        breakpoint()  # noqa: T100 - this is what policy "breakpoint" asks for
    else:
        open_debugger(frame, arguments, {"finding": finding, "tensors": tensors})


def _level() -> int:
    """The stacklevel that makes a warning issued by our caller point at the user's frame."""
    start: FrameType | None = sys._getframe(1)
    wanted, level, frame = user_frame(start), 1, start
    while frame is not None and frame is not wanted:
        frame, level = frame.f_back, level + 1
    return level if frame is not None else 2
