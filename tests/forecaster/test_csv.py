"""A user's CSV: what is read, and every refusal by its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchfirst.forecaster.data import BUNDLED, DataError, load
from batchfirst.forecaster.data.csv_reader import read_csv

HEAD = "month,height [m]\n"
GOOD = HEAD + "1950-01,1\n1950-02,2\n1950-03,1.5\n"


def test_label_and_unit_come_from_the_header() -> None:
    table = read_csv(GOOD, "a.csv")
    assert (table.label, table.unit, str(table.step), table.values.tolist()) == ("height", "m", "1 month", [1, 2, 1.5])
    assert read_csv(GOOD.replace("height [m]", "height (cm)"), "a.csv").unit == "cm"
    assert read_csv(GOOD.replace("height [m]", "height"), "a.csv").unit == ""


@pytest.mark.parametrize(
    ("stamps", "step", "period"),
    [
        (["1990", "1991", "1992"], "1 year", 1),
        (["1990-11", "1990-12", "1991-01"], "1 month", 12),
        (["1990-01-01", "1990-02-01", "1990-03-01"], "1 month", 12),
        (["1990-01", "1990-04", "1990-07"], "3 months", 4),
        (["1990-01-30", "1990-01-31", "1990-02-01"], "1 day", 7),
        (["1990-01-01", "1990-01-08", "1990-01-15"], "1 week", 52),
        (["1990-01-01T22:00", "1990-01-01T23:00", "1990-01-02 00:00"], "1 hour", 24),
        (["2024-03-31T01:00+01:00", "2024-03-31T03:00+02:00", "2024-03-31T04:00+02:00"], "1 hour", 24),
        (["1990-01-01T00:00:00", "1990-01-01T00:00:30", "1990-01-01T00:01:00"], "30 seconds", 1),
    ],
)
def test_the_time_step_is_read_from_the_times(stamps: list[str], step: str, period: int) -> None:
    table = read_csv("time,value\n" + "".join(f"{stamp},{i}\n" for i, stamp in enumerate(stamps)), "a.csv")
    assert (str(table.step), table.step.period) == (step, period)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv: the file is empty; expected two columns, a time and a value, under a header such as "
             "`month,temperature [°C]`"),
        ("1950-01,1\n1950-02,2\n", "a.csv, line 1: no header, the second cell is the number 1; expected two columns, a "
                                   "time and a value, under a header such as `month,temperature [°C]`"),
        (GOOD.replace(",2", ",2,3x"), "a.csv, line 3: 3 columns; expected two columns, a time and a value, under a "
                                      "header such as `month,temperature [°C]`"),
        (GOOD.replace(",2", ",2,3"), "a.csv, line 3: 3 columns; expected two columns, a time and a value, under a "
                                     "header such as `month,temperature [°C]`; if 2,3 is one number, write 2.3"),
        (GOOD.replace(",", ";"), "a.csv, line 1: 1 column; expected two columns, a time and a value, under a header "
                                 "such as `month,temperature [°C]`; columns are separated by commas"),
        (GOOD.replace(",2", ",warm"), "a.csv, line 3: 'warm' is no number"),
        (GOOD.replace(",2", ","), "a.csv, line 3: the value is missing; fill the gap, or cut the file before or after "
                                  "it"),
        (GOOD.replace(",2", ",NaN"), "a.csv, line 3: the value is NaN; fill the gap, or cut the file before or after "
                                     "it"),
        (GOOD.replace(",2", ",inf"), "a.csv, line 3: the value is inf; fill the gap, or cut the file before or after "
                                     "it"),
        (GOOD.replace("1950-02", "Feb 1950"), "a.csv, line 3: 'Feb 1950' is no time; accepted: 1950, 1950-01, "
                                              "1950-01-31, 1950-01-31T12:00"),
        (GOOD.replace("1950-02", "1950-13"), "a.csv, line 3: '1950-13' is no time; accepted: 1950, 1950-01, "
                                             "1950-01-31, 1950-01-31T12:00"),
        (GOOD + "1950-05,3\n", "a.csv, line 5: 1950-05 follows 1950-03 (the step is 1 month): 1 value is missing; "
                               "fill the gap, or cut the file there"),
        (GOOD + "1950-07,3\n", "a.csv, line 5: 1950-07 follows 1950-03 (the step is 1 month): 3 values are missing; "
                               "fill the gap, or cut the file there"),
        (GOOD + "1950-03,3\n", "a.csv, line 5: the same time as in the line before; keep one of the two"),
        (GOOD + "1950-01,3\n", "a.csv, line 5: an earlier time than in the line before; sort the rows by time"),
        ("day,x\n1990-01-01,1\n1990-01-02,2\n1990-01-03,1\n1990-01-03T12:00,2\n",
         "a.csv, line 5: 1990-01-03T12:00 follows 1990-01-03 (the step is 1 day): another step; every value must be "
         "one step after the one before"),
        ("month,x\n1990-01-31,1\n1990-02-28,2\n1990-03-31,1\n1990-04-30,2\n",
         "a.csv, line 4: 1990-03-31 follows 1990-02-28 (the step is 4 weeks): another step; every value must be one "
         "step after the one before"),
        (GOOD.replace(",2", ",1").replace(",1.5", ",1"), "a.csv: all 3 values are 1; there is nothing to forecast"),
        (HEAD + "1950-01,1\n1950-02,2\n", "a.csv: 2 rows of data; a time step takes at least 3"),
        (HEAD + '1950-01,"1\n1950-02,2"\n', "a.csv, line 3: '1\\n1950-02,2' is no number"),
    ],
)  # fmt: skip
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_csv(text, "a.csv")
    assert str(caught.value) == message


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode() + b"\r\n")  # as spreadsheets save it
    with pytest.raises(DataError, match="a season of 12 steps needs 1 or more, and 24 values; there are 3"):
        load(path)
    series = load(path, period=1)
    assert (series.name, series.title, series.unit, len(series), series.stamp(3)) == (
        "mine",
        "height",
        "m",
        3,
        "1950-04",
    )

    path.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(DataError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: not UTF-8 text (byte 0); save it as UTF-8 CSV"

    with pytest.raises(DataError) as caught:
        load(tmp_path / "none.csv")
    expected = "No such file or directory; give a CSV file, or one of the series that ship: nino or sunspots"
    assert str(caught.value) == f"{tmp_path / 'none.csv'}: {expected}"


def test_the_season_goes_by_the_calendar() -> None:
    # A file that begins in March has January's place in January all the same.
    months = [f"{1950 + (m // 12)}-{m % 12 + 1:02d},{m}" for m in range(2, 40)]
    from batchfirst.forecaster.data import season
    from batchfirst.forecaster.data.series import Series

    table = read_csv("month,x\n" + "\n".join(months), "a.csv")
    late = Series("a", "a", "x", "", table.start, table.step, table.values, 12)
    assert (late.phase, load("nino").phase) == (2, 0)
    assert season(late, 20).equal(season(load("nino"), 22)[2:])


@pytest.mark.parametrize(("name", "count", "first", "last"), [("nino", 732, "1950-01", "2010-12"),
                                                              ("sunspots", 309, "1700", "2008")])  # fmt: skip
def test_the_series_that_ship_are_whole_and_say_where_they_come_from(
    name: str, count: int, first: str, last: str
) -> None:
    import batchfirst.forecaster.data as data

    series = load(name)
    assert (len(series), series.stamp(0), series.stamp(count - 1)) == (count, first, last)
    source = (Path(str(data.__file__)).parent / f"{name}.source.txt").read_text("utf-8")
    assert "public domain" in source.lower()
    assert "statsmodels" in source
    assert name in BUNDLED


def test_values_at_hand() -> None:
    # Spot checks against the source's own tables.
    nino, sunspots = load("nino"), load("sunspots")
    assert nino.values[:3].tolist() == [23.11, 24.20, 25.37]
    assert nino.values[-1].item() == 22.07
    assert (nino.values.min().item(), nino.values.max().item()) == (18.95, 29.24)
    assert (sunspots.values[0].item(), sunspots.values[-1].item(), sunspots.values.max().item()) == (5.0, 2.9, 190.2)
