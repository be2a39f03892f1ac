"""`bf.explain`: what an error of torch's at a recurrent module, its state, its head or its loss was caused by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from batchfirst.model.errors import LayoutError, UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.shown import Shown
from batchfirst.observe.callsite import with_callers
from batchfirst.session.policy import broken
from batchfirst.session.ranks import ranked

_MOST_CHAINED = 16
_NOTE_MARK = "batchfirst:"
_SIGNALS = (StopIteration, StopAsyncIteration, UsageError)  # no failures of a call


@dataclass(frozen=True, repr=False)
class Explanation(Shown):
    """Why an error was raised. `findings`: the most likely cause first; `text`: what is said where there is none.

    An explanation of a code ("BF101") has no findings: its text is the code's page.

    Example:
        >>> import torch
        >>> try:
        ...     torch.nn.GRU(8, 16)(torch.zeros(30, 5, 4))
        ... except RuntimeError as error:
        ...     told = explain(error)
        >>> [found.code for found in told.findings], bool(told)
        (['BF105'], True)
    """

    findings: tuple[Finding, ...] = ()
    text: str = ""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from batchfirst.render.html_part import findings_part

        return findings_part(self.findings, text="" if self.findings else self.text)

    def __str__(self) -> str:
        return "\n\n".join(str(found) for found in self.findings) if self.findings else self.text

    def __bool__(self) -> bool:
        return bool(self.findings or self.text)


def explain(error: BaseException | str | None = None) -> Explanation:
    """The explanation of an error, of a code, or, without an argument, of the last error.

    error: any exception with its traceback: torch's own, one that wraps it (`raise … from`), a group, a LayoutError, or
    jaxtyping's; also a warning of torch's that is no mistake. Its frames are read, nothing is run again and nothing is
    changed. A string is a code or slug ("BF101", "batch-seq-swapped"). Where nothing is certain, `findings` is empty
    and the text says what was seen.

    The last error is the one that an `except` around this call is about, else the last that nothing caught: so it is
    at Python's prompt, in IPython, and in a debugger after a crash.

    Raises UsageError for an unknown code, for what is neither, and where there is no last error.

    Example:
        >>> import torch
        >>> from batchfirst.session.explain import explain
        >>> gru = torch.nn.GRU(3, 4, num_layers=2, batch_first=True)
        >>> try:
        ...     gru(torch.zeros(5, 7, 3), torch.zeros(5, 2, 4))
        ... except RuntimeError as error:
        ...     print(explain(error).findings[0].code)
        BF201
    """
    if isinstance(error, str):
        from batchfirst.diagnosis.pages import page

        return Explanation(text=str(page(error)))
    if error is None:
        error = _last()
        if error is None:
            raise UsageError("error", None, "an exception or a code; there is no last uncaught error to explain")
    if not isinstance(error, BaseException):
        raise UsageError("error", error, "an exception, a code such as 'BF101', or nothing for the last error")
    first = _of_compiled(error)
    for link in _chain(error) if first is None else ():
        try:
            explanation = _explain_one(link)
        except Exception as fault:  # a fault of ours never hides the user's own error
            broken(f"explain a {type(link).__name__}", fault)
            explanation = Explanation()
        if explanation.findings:
            return Explanation(tuple(map(ranked, explanation.findings)), explanation.text)
        first = first or (explanation if explanation.text else None)
    return first or Explanation(text=_nothing(error))


def _last() -> BaseException | None:
    handled = sys.exception()
    last: BaseException | None = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    if handled is None or (last is not None and any(link is handled for link in _chain(last))):
        return last  # at a prompt that was opened in an `except`, it is the later one
    return handled


def attach(error: BaseException) -> None:
    """Add the explanation to the error as a note (PEP 678), once; nothing where there is no finding.

    The note travels with the error: Python, pytest, IPython, logging and error trackers show it by themselves. Else the
    error stays as it is, its traceback too. To be called while the error is on its way through our frames: what called
    them is read as well. Raises nothing.
    """
    if not isinstance(error, Exception) or isinstance(error, (LayoutError, *_SIGNALS)) or explained(error):
        return
    trace = error.__traceback__
    try:
        error.__traceback__ = with_callers(trace)
        explanation = explain(error)
        if explanation.findings:
            error.add_note(f"{_NOTE_MARK}\n{explanation}")
    except Exception:  # warnings may be errors, __traceback__ may be a property: the user's own error comes first
        return
    finally:
        error.__traceback__ = trace


def explained(error: BaseException) -> bool:
    """Whether the error, or one that is shown with it, carries its explanation as a note."""
    notes = (note for link in _chain(error) for note in getattr(link, "__notes__", ()))
    return any(isinstance(note, str) and note.startswith(_NOTE_MARK) for note in notes)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, the members of a group, then what it was raised from or during."""
    queue, seen = [error], set[int]()
    while queue and len(seen) < _MOST_CHAINED:
        link = queue.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            queue.extend(link.exceptions)
        if link.__cause__ is not None:
            queue.append(link.__cause__)
        elif link.__context__ is not None and not link.__suppress_context__:
            queue.append(link.__context__)


def _of_compiled(error: BaseException) -> Explanation | None:
    """What there is to say where jaxtyping's decorator was compiled: that its error may be a false one."""
    from batchfirst.diagnosis.messages import JAXTYPED_COMPILED
    from batchfirst.observe.annotations import is_compiled

    return Explanation(text=JAXTYPED_COMPILED) if any(map(is_compiled, _chain(error))) else None


def _explain_one(error: BaseException) -> Explanation:
    if isinstance(error, LayoutError):
        return Explanation((error.finding,))
    from batchfirst.diagnosis.annotation import annotation_finding
    from batchfirst.diagnosis.loud import diagnose_crash
    from batchfirst.diagnosis.messages import meaning
    from batchfirst.observe.annotations import broken_annotation
    from batchfirst.observe.traceback import crash_of

    broken = broken_annotation(error)
    if broken is not None:
        return Explanation((annotation_finding(broken),))
    if told := meaning(str(error)):
        return Explanation(text=told)
    crash = crash_of(error)
    if crash is None:
        return Explanation()
    findings = diagnose_crash(crash)
    return Explanation(findings, "" if findings else _seen(crash.call.module.kind, crash))


def _seen(kind: str, crash: object) -> str:
    from batchfirst.diagnosis.calls.case import told
    from batchfirst.model.origin import Crash

    assert isinstance(crash, Crash)
    place = crash.call.location
    lines = [f"no layout mistake is certain here; what was seen of the call{f' at {place}' if place else ''}:"]
    path = f' "{crash.call.module.path}"' if crash.call.module.path else ""
    lines.append(
        f"  {kind}{path} got " + (", ".join(f"{n}: {told(f)}" for n, f in crash.call.args.items()) or "nothing")
    )
    lines.append(
        f"  and raised {crash.error.type}: {crash.error.message.splitlines()[0] if crash.error.message else ''}"
    )
    return "\n".join(lines)


def _nothing(error: BaseException) -> str:
    if error.__traceback__ is None:
        return f"{type(error).__name__} has no traceback: it was never raised, so there is nothing to read"
    return f"{type(error).__name__} was not raised by torch at a tensor, a module or a loss: nothing to explain"
