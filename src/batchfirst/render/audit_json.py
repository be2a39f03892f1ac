"""An audit as JSON, by a versioned schema (docs/json.md), and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from batchfirst.model.errors import UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.trace import Trace
from batchfirst.render.audit import verdict_line
from batchfirst.render.json import AUDIT_SCHEMA, finding_from_dict, finding_to_dict, read_document, written
from batchfirst.render.trace import Row, trace_rows


def audit_to_json(findings: Iterable[Finding], trace: Trace) -> str:
    """The document that docs/json.md describes: verdict, findings, rows of the trace, and all that was seen."""
    document = audit_to_dict(findings, trace)
    record = document.pop("record")  # there for machines: in one line
    return written({"schema": AUDIT_SCHEMA, **document}, record=record)


def audit_to_dict(findings: Iterable[Finding], trace: Trace) -> dict[str, Any]:
    """An audit as JSON's own types: the document of `audit_to_json` without its schema."""
    found = list(findings)
    return {
        "ok": all(one.severity == "note" for one in found),
        "verdict": verdict_line(found, trace),
        "findings": [finding_to_dict(one) for one in found],
        "trace": [row_to_dict(row) for row in trace_rows(trace)],
        "measured": {
            "batch": trace.batch,
            "seq": trace.seq,
            "changed": {role: list(indices) for role, indices in trace.probed.items()},
            "remarks": list(trace.remarks),
        },
        "record": to_plain(trace),
    }


def audit_from_json(text: str) -> tuple[tuple[Finding, ...], Trace]:
    """Findings and trace of a document that `audit_to_json` wrote, equal to what it was given.

    Raises UsageError for text that is no such document, and for one of a later version of the schema.
    """
    document = read_document(text, AUDIT_SCHEMA)
    try:
        return audit_from_dict(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, UsageError):
            raise
        accepted = f"what audit_to_json writes ({AUDIT_SCHEMA}); {type(error).__name__}: {error}"
        raise UsageError("text", text[:40], accepted) from error


def audit_from_dict(data: Mapping[str, Any]) -> tuple[tuple[Finding, ...], Trace]:
    """What `audit_to_dict` wrote. Raises KeyError, TypeError, ValueError or AttributeError for another mapping."""
    return tuple(finding_from_dict(one) for one in data["findings"]), from_plain(Trace, data["record"])


def row_to_dict(row: Row) -> dict[str, Any]:
    """One row of the trace as JSON's own types."""
    location = row.location
    return {
        "step": row.name,
        "module": row.path,
        "part": row.part,
        "file": location.file if location is not None else None,
        "line": location.line if location is not None else None,
        "dtype": row.dtype,
        "shape": list(row.shape),
        "axes": [{"size": cell.size, "carries": list(cell.roles), "how": cell.how} for cell in row.cells],
        "notes": list(row.notes),
        "codes": list(row.codes),
        "result": row.result,
    }


# --- dataclasses as JSON's own types, by their annotations ---------------------------------------------------------


def to_plain(value: Any) -> Any:
    """A dataclass as a dict of its fields, tuples and sets as lists, an infinite or undefined number as {"float": …}.

    >>> from batchfirst.model.trace import Verdict
    >>> to_plain(Verdict("carried", 1, reached=(0, 3)))["reached"]
    [0, 3]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, (frozenset, set)):
        return [to_plain(part) for part in sorted(value)]
    if isinstance(value, (tuple, list)):
        return [to_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    return value


def from_plain(kind: Any, data: Any) -> Any:
    """The value of type `kind` that `to_plain` wrote as `data`. TypeError, ValueError or KeyError for another."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _dataclass(kind, data)
    if origin in (Union, UnionType):
        return _either(inner, data)
    if origin is Literal:
        if data not in inner:
            raise ValueError(f"{data!r} is none of {inner}")
        return data
    if origin is tuple:
        one_kind = len(inner) == 2 and inner[1] is Ellipsis
        kinds = inner[:1] * len(data) if one_kind else inner
        return tuple(from_plain(part, item) for part, item in zip(kinds, data, strict=True))
    if origin is frozenset:
        return frozenset(from_plain(inner[0], item) for item in data)
    if origin is not None and issubclass(origin, Mapping):
        key = int if inner[0] is int else str
        return MappingProxyType({key(name): from_plain(inner[1], part) for name, part in data.items()})
    if kind is float and isinstance(data, dict):
        return float(data["float"])
    if type(data) is not kind and not (kind is float and type(data) is int):
        raise TypeError(f"{data!r} is no {getattr(kind, '__name__', kind)}")
    return data


def _dataclass(kind: Any, data: Any) -> Any:
    if not isinstance(data, dict):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    hints = _hints(kind)
    given = {}
    for field in fields(kind):
        if field.name in data:
            given[field.name] = from_plain(hints[field.name], data[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(field.name)
    return kind(**given)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _either(kinds: tuple[Any, ...], data: Any) -> Any:
    """The first kind that fits exactly: True is no 1, and 1 is no 1.0."""
    if data is None and NoneType in kinds:
        return None
    for kind in kinds:
        exact = kind not in (bool, int, float, str) or type(data) is kind or (kind is float and isinstance(data, dict))
        if kind is not NoneType and exact:
            return from_plain(kind, data)
    raise TypeError(f"{data!r} is none of {kinds}")
