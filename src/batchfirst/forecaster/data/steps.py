"""Time stamps and the step between them: years, months, or a fixed number of seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_SECONDS = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_PERIODS = {"month": {1: 12, 3: 4}, "week": {1: 52}, "day": {1: 7}, "hour": {1: 24}}


@dataclass(frozen=True, slots=True)
class TimeStep:
    """The distance of two neighbouring values: `count` times `unit` ("year", "month", "week", … "second")."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count} {self.unit}" + ("s" if self.count != 1 else "")

    @property
    def period(self) -> int:
        """Steps after which a season usually repeats (12 for months, 7 for days, 24 for hours); 1: none assumed."""
        return _PERIODS.get(self.unit, {}).get(self.count, 1)


def parse_stamp(text: str) -> datetime:
    """The start of a year ("1950"), a month ("1950-01"), or an ISO 8601 date or time; with an offset, as UTC.

    Raises ValueError for anything else.

    >>> parse_stamp("1950-02")
    datetime.datetime(1950, 2, 1, 0, 0)
    """
    if _YEAR.fullmatch(text):
        return datetime(int(text), 1, 1)
    if month := _MONTH.fullmatch(text):
        return datetime(int(month[1]), int(month[2]), 1)
    stamp = datetime.fromisoformat(text)
    return stamp.astimezone(UTC).replace(tzinfo=None) if stamp.tzinfo else stamp


def find_step(stamps: list[datetime]) -> TimeStep:
    """The commonest step between neighbouring stamps, which must ascend.

    In months or years where every stamp stands at the same moment of its month, and no two in one month.
    """
    same_moment = len({(s.day, s.time()) for s in stamps}) == 1 and stamps[0].day <= 28
    if same_moment and all(a.month != b.month or a.year != b.year for a, b in pairwise(stamps)):
        months = _commonest([_months(b) - _months(a) for a, b in pairwise(stamps)])
        return TimeStep(months // 12, "year") if months % 12 == 0 else TimeStep(months, "month")
    seconds = _commonest([round((b - a).total_seconds()) for a, b in pairwise(stamps)])
    unit = next(unit for unit, size in _SECONDS.items() if seconds % size == 0)
    return TimeStep(seconds // _SECONDS[unit], unit)


def advance(stamp: datetime, step: TimeStep, steps: int = 1) -> datetime:
    """The stamp that lies `steps` steps after `stamp` (before it, where negative)."""
    if step.unit in ("year", "month"):
        months = _months(stamp) + steps * step.count * (12 if step.unit == "year" else 1)
        return stamp.replace(year=months // 12, month=months % 12 + 1)
    return stamp + timedelta(seconds=steps * step.count * _SECONDS[step.unit])


def steps_between(first: datetime, last: datetime, step: TimeStep) -> float:
    """How many steps lead from `first` to `last`; a whole number where both lie on the grid."""
    if step.unit in ("year", "month"):
        return (_months(last) - _months(first)) / (step.count * (12 if step.unit == "year" else 1))
    return (last - first).total_seconds() / (step.count * _SECONDS[step.unit])


def stamp_text(stamp: datetime, step: TimeStep) -> str:
    """The stamp, as short as the step allows: "1950", "1950-01", "1950-01-31" or with the time."""
    if step.unit == "year" and (stamp.month, stamp.day) == (1, 1):
        return f"{stamp.year:04d}"
    if step.unit in ("year", "month") and stamp.day == 1:
        return f"{stamp.year:04d}-{stamp.month:02d}"
    if step.unit in ("year", "month", "week", "day"):
        return stamp.date().isoformat()
    return stamp.isoformat(sep=" ", timespec="minutes" if step.unit in ("hour", "minute") else "seconds")


def _months(stamp: datetime) -> int:
    return stamp.year * 12 + stamp.month - 1


def _commonest(distances: list[int]) -> int:
    return max(set(distances), key=lambda distance: (distances.count(distance), -distance))
