"""Errors of jaxtyping and beartype: a value that breaks its declared annotation, with the reason from the chain."""

from __future__ import annotations

import os
from dataclasses import dataclass

from batchfirst.model.finding import Location
from batchfirst.observe.called import entries_of
from batchfirst.observe.callsite import frame_kind

_PACKAGES = ("jaxtyping", "beartype")
_DEEPEST = 8
_JAXTYPING, _DYNAMO = f"{os.sep}jaxtyping{os.sep}", os.path.join("torch", "_dynamo", "")


@dataclass(frozen=True, slots=True)
class BrokenAnnotation:
    """Who checked, what it said, every reason in the cause chain, innermost last, and the user's line that called."""

    checker: str
    message: str
    reasons: tuple[str, ...]
    location: Location | None


def broken_annotation(error: BaseException) -> BrokenAnnotation | None:
    """The annotation that `error` says is broken; None for an error of anyone else's."""
    checker = _checker(error)
    if checker is None:
        return None
    reasons: list[str] = []
    link: BaseException | None = error.__cause__ or error.__context__
    while link is not None and len(reasons) < _DEEPEST:
        text = str(link).strip()
        if text and text not in reasons:
            reasons.append(text)
        link = link.__cause__ or link.__context__
    places = [e.location for e in entries_of(error) if frame_kind(e.file) == "user"]
    return BrokenAnnotation(checker, str(error).strip(), tuple(reasons), places[-1] if places else None)


def is_compiled(error: BaseException) -> bool:
    """Whether jaxtyping's decorator was at work inside of what torch.compile compiles when `error` was raised."""
    stack = getattr(error, "real_stack", None) or ()  # of the user's code, as Dynamo keeps it with its own errors
    if any(_JAXTYPING in frame.filename for frame in stack):
        return True
    return _checker(error) is not None and any(_DYNAMO in entry.file for entry in entries_of(error))


def _checker(error: BaseException) -> str | None:
    for kind in type(error).__mro__:
        package = kind.__module__.partition(".")[0]
        if package in _PACKAGES:
            return package
    return None
