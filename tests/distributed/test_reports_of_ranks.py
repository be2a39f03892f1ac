"""The reports of several ranks become one file, in whatever order they end, and where one of them was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import batchfirst as bf
from batchfirst.diagnosis.codes import finding
from batchfirst.model.finding import Location
from batchfirst.model.report import Report
from batchfirst.render.report_json import report_from_json
from batchfirst.session.reports import check_path, write_report

SHARED = finding("BF101", location=Location("train.py", 3))
OWN = finding("BF203", location=Location("train.py", 4))


@pytest.fixture
def rank(monkeypatch: pytest.MonkeyPatch):
    """Make this process the given rank, as torchrun tells it."""

    def become(number: int, size: int = 3) -> None:
        monkeypatch.setenv("RANK", str(number))
        monkeypatch.setenv("WORLD_SIZE", str(size))

    return become


def written(path: Path, report: Report) -> Report:
    assert write_report(report, str(path), "--report", pytest.fail)
    return report_from_json(path.read_text("utf-8"))


def test_the_last_rank_writes_the_whole(tmp_path: Path, rank) -> None:
    path = tmp_path / "found.json"
    rank(2)
    first = written(path, Report((SHARED,), calls=1))
    assert first.places == (("rank 2",),)
    assert first.remarks == (
        "without ranks 0, 1 of 3: not ended yet, or ended before a report could be written",
    )
    rank(0)
    assert "without rank 1 of 3" in written(path, Report((SHARED,), calls=2)).remarks[0]
    rank(1)
    whole = written(path, Report((SHARED, OWN), calls=4))
    assert whole.findings == (SHARED, OWN)
    assert whole.places == (("rank 0", "rank 1", "rank 2"), ("rank 1",))
    assert (whole.calls, whole.who, whole.remarks) == (7, "ranks", ())
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_run_left_is_not_taken_for_this_one_s(tmp_path: Path, rank) -> None:
    path = tmp_path / "found.json"
    rank(1)
    written(path, Report((OWN,)))  # rank 0 is killed, and with a third rank gone too nobody clears up
    (tmp_path / "found.json.ranks" / "2.json").write_text("half of a rep", "utf-8")
    for number in range(2):
        rank(number, size=2)
        check_path(str(path), "--report")
    assert "without rank 1 of 2" in (rank(0, size=2), written(path, Report()))[1].remarks[0]
    rank(1, size=2)
    whole = written(path, Report((SHARED,)))
    assert (whole.findings, whole.places, whole.remarks) == ((SHARED,), (("rank 1",),), ())
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_found_is_the_exit_status_of_the_rank_that_ends_last(tmp_path: Path) -> None:
    # torchrun ends every process as soon as one fails: rank 0 may still have its model to save.
    (tmp_path / "train.py").write_text("import torch\ntorch.nn.LSTM(8, 16)(torch.zeros(5, 4, 8))\n", "utf-8")
    command = ["--on-mismatch=record", "--layout", "batch seq features", "--report", "found.json", "train.py"]
    statuses = []
    for rank in "10":
        environment = {**os.environ, "RANK": rank, "WORLD_SIZE": "2"}
        done = subprocess.run(
            [sys.executable, "-m", "batchfirst", "run", *command],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "BF101" in done.stderr
        statuses.append(done.returncode)
    assert statuses == [0, 1]
    assert report_from_json((tmp_path / "found.json").read_text("utf-8")).places == (("rank 0", "rank 1"),)


@pytest.mark.parametrize("values", [("0", "1"), ("x", "2"), ("3", "2"), ("-1", "2")])
def test_alone_or_misnumbered_nothing_is_different(tmp_path: Path, monkeypatch, values: tuple[str, str]) -> None:
    monkeypatch.setenv("RANK", values[0])
    monkeypatch.setenv("WORLD_SIZE", values[1])
    assert written(tmp_path / "found.json", Report((SHARED,))).places == ()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_report_that_cannot_be_written_is_told_with_all_that_is_known(tmp_path: Path, rank) -> None:
    rank(0, size=2)
    said: list[str] = []
    assert not write_report(Report((SHARED,)), str(tmp_path / "gone" / "found.json"), "--report", said.append)
    assert "BF101" in said[1]


def test_a_rank_that_raises_says_so_before_anyone_waits(rank, capsys: pytest.CaptureFixture[str]) -> None:
    # Its error may be printed late: `finally: torch.distributed.barrier()` waits for ranks that wait for this one.
    rank(1, size=4)
    model = torch.nn.LSTM(8, 16)
    with bf.watch(model), pytest.raises(bf.LayoutError) as error:
        model(torch.zeros(6, 5, 7))
    assert error.value.finding.rank == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert told[0].startswith("batchfirst: rank 1 of 4 raises BF105: LSTM has input_size=8, and the last axis")
