"""Two processes under torchrun: checks on each rank, its name in what is found, one report, no silent wait."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from batchfirst.forecaster import checkpoint as checkpoints
from batchfirst.forecaster.data import load
from batchfirst.forecaster.presets import REFERENCE
from batchfirst.forecaster.training import train
from batchfirst.render.html_report import report_html
from batchfirst.render.report import report_sarif, report_text
from batchfirst.render.report_json import report_from_json

pytestmark = pytest.mark.skipif(
    not (torch.distributed.is_available() and torch.distributed.is_gloo_available()), reason="torch without gloo"
)
PROGRAM = str(Path(__file__).with_name("ranks.py"))
PROGRAM_AND_OUTPUT = r"```py\n(import torch\n.*?)```.*?```console\n\$ [^\n]*\n(.*?)```"
LONGEST = 240  # seconds; gloo itself would wait for half an hour


def torchrun(*command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    environment.pop("BATCHFIRST", None)
    return subprocess.run(
        [*launcher, *command], capture_output=True, text=True, timeout=LONGEST, env=environment, cwd=folder, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    done = torchrun(PROGRAM, str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def ranks(folder: Path) -> list[dict[str, Any]]:
    return [json.loads((folder / f"rank{rank}.json").read_text("utf-8")) for rank in range(2)]


@pytest.mark.parametrize("way", ["watched inside", "watched outside", "decorated", "wrapped"])
def test_a_checked_model_trains_under_ddp_as_the_bare_one(ranks: list[dict[str, Any]], way: str) -> None:
    for rank in ranks:
        assert rank[way] == rank["bare"]
    assert ranks[0]["bare"] != ranks[1]["bare"]  # each on its own data


@pytest.mark.parametrize("way", ["sharded", "sharded wrapped"])
def test_a_checked_model_trains_under_fsdp2_as_the_bare_one(ranks: list[dict[str, Any]], way: str) -> None:
    for rank in ranks:
        assert rank[way] == rank["sharded bare"]


def test_no_finding_in_right_programs_and_every_call_was_heard(ranks: list[dict[str, Any]]) -> None:
    for rank in ranks:
        assert rank["findings"] == []
        assert rank["calls"] == [6, 6, 7]  # LSTM and Linear, three steps; under FSDP2 one wrong call besides


def test_a_finding_names_its_rank(ranks: list[dict[str, Any]]) -> None:
    for number, rank in enumerate(ranks):
        assert rank["sharded mistake"]["code"] == "BF105"
        assert rank["sharded mistake"]["rank"] == number
        assert f"module: lstm, rank {number}" in rank["sharded mistake"]["text"]
        assert rank["audited"] == ["BF101", number]
        assert rank["explained"] == number


def test_one_rank_s_mistake_is_its_own(ranks: list[dict[str, Any]]) -> None:
    assert ranks[0]["told"] == {}
    assert ranks[1]["told"]["code"] == "BF203"
    assert "rank 1" in ranks[1]["told"]["text"]
    assert "one replica's share of the batch" in ranks[1]["told"]["text"]


def test_the_reports_of_all_ranks_are_one(folder: Path, ranks: list[dict[str, Any]]) -> None:
    assert all(rank["written"] for rank in ranks)
    report = report_from_json((folder / "found.json").read_text("utf-8"))
    assert [found.code for found in report.findings] == ["BF101", "BF203"]
    assert report.places == (("rank 0", "rank 1"), ("rank 1",))
    assert not report.remarks
    assert report.calls == 2 + 2 + 2 + 1  # rank 1 stops at its mistake
    assert not (folder / "found.json.ranks").exists()
    assert "met by: rank 0, rank 1" in report_text(report)
    assert "rank 0" in report_html(report)
    sarif = json.loads(report_sarif(report, "0"))["runs"][0]["results"]
    assert [result["properties"]["metBy"] for result in sarif] == [["rank 0", "rank 1"], ["rank 1"]]


def test_a_rank_that_raises_ends_the_run_as_the_guide_shows_it(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "distributed.md").read_text("utf-8")
    program, shown = re.search(PROGRAM_AND_OUTPUT, guide, re.DOTALL).groups()
    (tmp_path / "train.py").write_text(program, "utf-8")
    done = torchrun("-m", "batchfirst", "run", "--report", "found.html", "train.py", folder=tmp_path)
    assert done.returncode == 1
    *printed, told = shown.splitlines()
    # The two write to one pipe, and a line and its end are two writes: they may stand as 0, 1, end, end.
    assert sorted(re.findall("rank .: batch . done", done.stdout)) == printed
    assert told in done.stderr.splitlines()
    assert "module: module.lstm, rank 1" in done.stderr
    # torchrun ends rank 0 as soon as rank 1 has ended: whether rank 0 came to its own part is open.
    page = (tmp_path / "found.html").read_text("utf-8")
    assert "BF203" in page
    assert "rank 1" in page


def test_the_forecaster_trains_in_two_processes_to_the_same_loss(tmp_path: Path) -> None:
    # The last batch of an epoch has 482 % 64 = 34 windows: 17 for each. Sums are taken in another order, in float32;
    # what that does to one loss of about 0.05 is some 1e-8, and Adam may make it more: 1e-6 is still far below what
    # another order of the samples, or gradients that are not averaged, would change.
    command = ["-m", "batchfirst", "forecast", "train", "--epochs", "4", "--seed", "3", "--model"]
    done = torchrun(*command, str(tmp_path / "two"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("checkpoint:") == 1  # one process prints
    together = checkpoints.read(tmp_path / "two")
    alone = train(load("nino"), REFERENCE.__class__(**{**REFERENCE.as_dict(), "epochs": 4}), 3)
    for two, one in zip(together.progress.history, alone.progress.history, strict=True):
        assert two == pytest.approx(one, abs=1e-6)
    weights = alone.model.state_dict()
    for name, weight in together.best.items():
        torch.testing.assert_close(weight, weights[name], rtol=0, atol=1e-5)
