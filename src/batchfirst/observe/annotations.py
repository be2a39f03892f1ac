"""Errors of jaxtyping and beartype: a value that breaks its declared annotation, with the reason from the chain."""

from __future__ import annotations

from dataclasses import dataclass

from batchfirst.model.finding import Location
from batchfirst.observe.called import entries_of
from batchfirst.observe.callsite import frame_kind

_PACKAGES = ("jaxtyping", "beartype")
_DEEPEST = 8


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


def _checker(error: BaseException) -> str | None:
    for kind in type(error).__mro__:
        package = kind.__module__.partition(".")[0]
        if package in _PACKAGES:
            return package
    return None
