"""What is done about a finding: raise, warn, record, or stop in the debugger. The one place that raises findings."""

from __future__ import annotations

import dataclasses
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from types import FrameType

from batchfirst.model.errors import BatchfirstWarning, layout_error
from batchfirst.model.finding import Finding
from batchfirst.model.settings import Policy
from batchfirst.observe.callsite import user_frame


def act(findings: Sequence[Finding], policy: Policy, like: type[BaseException] = RuntimeError) -> None:
    """Do what `policy` says about each finding; notes are never more than recorded, which the caller does.

    like: the class that torch raises for the same mistake, which the LayoutError then also is. Under "raise" an error
    raises LayoutError and a warning warns. Raises nothing else, unless warnings are errors.
    """
    __tracebackhide__ = True
    if policy in ("off", "record"):
        return
    serious = [finding for finding in findings if finding.severity != "note"]
    for finding in serious:
        if policy == "warn" or (policy == "raise" and finding.severity == "warning"):
            warn(finding)
        elif policy == "breakpoint":
            stop(finding)
    errors = [finding for finding in serious if finding.severity == "error"]
    if policy == "raise" and errors:
        error = layout_error(errors[0], like)
        for also in errors[1:]:
            error.add_note(str(also))
        raise error


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


def stop(finding: Finding) -> None:
    """Print the finding and open the debugger in the user's frame, or whatever `sys.breakpointhook` is set to."""
    print(finding, file=sys.stderr)
    frame = user_frame(sys._getframe(1))
    if sys.breakpointhook is not sys.__breakpointhook__ or "PYTHONBREAKPOINT" in os.environ or frame is None:
        breakpoint()  # noqa: T100 - this is what policy "breakpoint" asks for
        return
    import pdb  # noqa: T100

    user: FrameType = frame

    class InUserFrame(pdb.Pdb):
        """Begins where the user's frame goes on, not in what is left of ours."""

        def set_step(self) -> None:
            self.set_next(user)
            self.set_step = super().set_step  # type: ignore[method-assign] # from then on a step is a step

    InUserFrame(nosigint=True).set_trace(user)


def ranked(finding: Finding) -> Finding:
    """The finding with this process's rank, where torch.distributed runs."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        return dataclasses.replace(finding, rank=distributed.get_rank())
    return finding


def _level() -> int:
    """The stacklevel that makes a warning issued by our caller point at the user's frame."""
    start: FrameType | None = sys._getframe(1)
    wanted, level, frame = user_frame(start), 1, start
    while frame is not None and frame is not wanted:
        frame, level = frame.f_back, level + 1
    return level if frame is not None else 2
