"""Annotations that are text, as `from __future__ import annotations` makes them: resolved with the names in reach."""

from __future__ import annotations

import inspect
import typing
from types import FrameType, FunctionType
from typing import Any

from batchfirst.observe.callsite import local_names


def names_of_caller(function: FunctionType, frame: FrameType) -> dict[str, Any]:
    """The local names, where the decorator runs, that the function's annotations may need to be resolved."""
    annotations = vars(inspect.unwrap(function)).get("__annotations__") or inspect.unwrap(function).__annotations__
    wanted: set[str] = set()
    for text in annotations.values():
        if isinstance(text, str):
            try:
                wanted.update(compile(text, "<annotation>", "eval").co_names)
            except SyntaxError:
                continue
    found: dict[str, Any] = {}
    place: FrameType | None = frame
    while place is not None and place.f_code.co_name != "<module>" and wanted:
        names = local_names(place)
        found = {**{name: names[name] for name in wanted if name in names}, **found}
        place = place.f_back if place.f_code.co_filename == frame.f_code.co_filename else None
    return found


def resolved(function: FunctionType, names: dict[str, Any]) -> dict[str, Any]:
    """The function's annotations as objects; those that cannot be resolved are left out."""
    inner = inspect.unwrap(function)
    local = {**names, **dict(_cells(inner))}
    found = {}
    for name, annotation in inner.__annotations__.items():
        holder = type("holder", (), {"__annotations__": {"value": annotation}})
        try:
            found[name] = typing.get_type_hints(holder, inner.__globals__, local, include_extras=True)["value"]
        except Exception:  # a name that only type checkers know, text that is no annotation
            continue
    return found


def _cells(function: Any) -> list[tuple[str, Any]]:
    found = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found.append((name, cell.cell_contents))
        except ValueError:
            continue
    return found
