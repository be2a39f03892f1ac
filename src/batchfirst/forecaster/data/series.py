"""A time series with its units, and the two that ship with the package."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from torch import Tensor

from batchfirst.forecaster.data.csv_reader import DataError, read_csv
from batchfirst.forecaster.data.steps import TimeStep, advance, stamp_text, steps_between

_ORIGIN = datetime(2000, 1, 3)

BUNDLED = {
    "nino": "Sea-surface temperature, Niño 1+2 region",
    "sunspots": "Sunspots per year",
}
"""The series that ship: name and title. Source and licence stand beside each, in `<name>.source.txt`."""


@dataclass(frozen=True, slots=True)
class Series:
    """Equally spaced values.

    source: the name or the file it was loaded from; values: float64 (time,), in `unit`; start: the stamp of values[0];
    period: steps after which the season repeats, 1 where none is assumed.
    """

    source: str
    name: str
    title: str
    unit: str
    start: datetime
    step: TimeStep
    values: Tensor
    period: int

    def __len__(self) -> int:
        return len(self.values)

    def moment(self, index: int) -> datetime:
        """The time of values[index]; an index past the end is a time in the future."""
        return advance(self.start, self.step, index)

    def stamp(self, index: int) -> str:
        """The time of values[index] as text, as short as the step allows: "1950-01"."""
        return stamp_text(self.moment(index), self.step)

    @property
    def phase(self) -> int:
        """The place of values[0] in the season, by the calendar: 0 for January, where the step is a month.

        Counted from 2000-01-03, a Monday, so that a file that begins at another time gets the same season.
        """
        return math.floor(steps_between(_ORIGIN, self.start, self.step)) % self.period

    def first(self, count: int) -> Series:
        """The first `count` values, as a series of its own (a chronological fold)."""
        return replace(self, values=self.values[:count])


def load(source: str | Path, period: int | None = None) -> Series:
    """A series that ships ("nino", "sunspots"), or the user's own CSV file.

    `period`: steps after which a season repeats; None takes the usual one for the file's time step.
    Raises DataError, naming the file and the line, for a file that is no complete, equally spaced series.

    >>> nino = load("nino")
    >>> len(nino), nino.unit, nino.stamp(0), nino.stamp(731), nino.period
    (732, '°C', '1950-01', '2010-12', 12)
    """
    if str(source) in BUNDLED:
        name = str(source)
        text = (files("batchfirst.forecaster.data") / f"{name}.csv").read_text("utf-8")
        table = read_csv(text, f"{name}.csv")
        title = BUNDLED[name]
    else:
        path = Path(source)
        name, table = path.stem, read_csv(_read(path), str(path))
        title = table.label
    if period is None:
        period = table.step.period
    if period < 1 or 2 * period > len(table.values):
        raise DataError(f"{name}: a season of {period} steps needs 1 or more, and {2 * period} values; "
                        f"there are {len(table.values)}")  # fmt: skip
    return Series(str(source), name, title, table.unit, table.start, table.step, table.values, period)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8 CSV") from error
    except OSError as error:
        names = " or ".join(BUNDLED)
        raise DataError(
            f"{path}: {error.strerror}; give a CSV file, or one of the series that ship: {names}"
        ) from error
