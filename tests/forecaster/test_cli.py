"""`batchfirst forecast` and its errors: exit status, exact words, and what is on stdout."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchfirst.forecaster.cli import forecast

SHORT = ["--epochs", "2"]


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(forecast, [str(arg) for arg in args], prog_name="batchfirst forecast")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("run") / "model"
    result = run("train", "--model", directory, *SHORT)
    assert result.exit_code == 0, result.output
    assert "2 epochs (all 2 epochs done); best epoch 2, validation loss 0." in result.stdout
    assert f"checkpoint: {directory}/checkpoint.json" in result.stdout
    return directory


def test_evaluate_prints_the_baselines_beside(trained: Path) -> None:
    result = run("evaluate", "--model", trained)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == "RMSE 1 MAE 1 MASE 1 RMSE 12 MAE 12 MASE 12".split()
    assert [line[2:18].strip() for line in lines[1:5]] == [
        "persistence", "seasonal naive", "autoregression", "LSTM (reference)",
    ]  # fmt: skip
    assert lines[1].split()[1:] == ["1.164", "0.984", "0.833", "2.958", "2.411", "2.042"]
    assert lines[5] == "  test part 1998-10 to 2010-12; 1 and 12 steps ahead, RMSE and MAE in °C"
    assert max(map(len, lines)) <= 80


def test_folds_are_three_tables(trained: Path) -> None:
    result = run("evaluate", "--model", trained, "--folds", "--seeds", "2")
    assert result.exit_code == 0
    assert result.stdout.count("autoregression") == 3
    assert result.stdout.count("LSTM (reference), 2 seeds") == 3
    assert "test 1979-04 to 1986-07" in result.stdout


def test_predict_writes_csv_that_can_be_read_again(trained: Path, tmp_path: Path) -> None:
    from batchfirst.forecaster.data import load

    out, picture = tmp_path / "sub" / "next.csv", tmp_path / "sub" / "next.png"
    result = run("predict", "--model", trained, "--steps", "4", "--output", out, "--plot", picture)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "time,forecast [°C]"
    assert [line.split(",")[0] for line in result.stdout.splitlines()[1:]] == [
        "2011-01",
        "2011-02",
        "2011-03",
        "2011-04",
    ]
    assert result.stderr == f"wrote {out}\nwrote {picture}\n"
    series = load(out, period=1)
    assert (series.unit, series.stamp(0), len(series)) == ("°C", "2011-01", 4)
    assert picture.read_bytes().startswith(b"\x89PNG")


def own_csv(path: Path, months: int, header: str = "month,sea [°C]") -> Path:
    rows = [f"{2000 + (m // 12)}-{m % 12 + 1:02d},{20 + (m % 12) / 2 + (m % 5) / 10:.2f}" for m in range(months)]
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def test_predict_on_a_user_s_csv(trained: Path, tmp_path: Path) -> None:
    data = own_csv(tmp_path / "mine.csv", 40)
    result = run("predict", "--model", trained, "--data", data, "--steps", "1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].startswith("2003-05,2")
    assert result.stderr == ""
    data = own_csv(tmp_path / "other.csv", 40, "month,sea [F]")
    result = run("predict", "--model", trained, "--data", data, "--steps", "1")
    assert result.stderr == "note: the data are in F, the model was trained on °C; values are taken as they are\n"


def test_train_on_a_user_s_csv_from_end_to_end(tmp_path: Path) -> None:
    data, model = own_csv(tmp_path / "mine.csv", 120), tmp_path / "model"
    for command in (["train", "--data", data, *SHORT], ["evaluate"], ["predict"]):
        result = run(*command, "--model", model)
        assert result.exit_code == 0, result.output


def test_sunspots_are_square_rooted_by_default(tmp_path: Path) -> None:
    assert run("train", "--data", "sunspots", "--model", tmp_path, *SHORT).exit_code == 0
    assert '"square_root": true' in (tmp_path / "checkpoint.json").read_text("utf-8")


def test_resume_gives_what_an_unbroken_run_gives(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert run("train", "--model", whole, "--epochs", "3").exit_code == 0
    assert run("train", "--model", parts, "--epochs", "1").exit_code == 0
    assert run("train", "--model", parts, "--epochs", "3", "--resume").exit_code == 0
    name = "tensors-epoch0003-batch0000.safetensors"
    assert (whole / name).read_bytes() == (parts / name).read_bytes()


def refusal(*args: str | Path) -> str:
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    return result.stderr.removeprefix("Error: ").rstrip("\n")


def test_refusals(trained: Path, tmp_path: Path) -> None:
    assert refusal("train", "--model", trained) == (
        f"{trained} holds a checkpoint: --resume goes on from it, --overwrite begins anew"
    )
    assert refusal("train", "--model", trained, "--resume", "--overwrite") == (
        "--resume and --overwrite exclude each other"
    )
    assert refusal("train", "--model", trained, "--resume", "--seed", "7") == (
        "the checkpoint was made with seed 0, not 7; --overwrite begins anew"
    )
    assert refusal("train", "--model", trained, "--resume", "--preset", "article") == (
        "the checkpoint was made with name reference, not article; --overwrite begins anew"
    )
    assert refusal("train", "--model", trained, "--resume", "--data", "sunspots").startswith(
        "training began with other data: name was nino, is sunspots"
    )
    assert refusal("train", "--model", tmp_path / "none", "--resume") == (
        f"{tmp_path}/none/checkpoint.json: No such file or directory; `batchfirst forecast train` makes one"
    )
    assert refusal("predict", "--model", trained, "--data", "sunspots", "--period", "1") == (
        "sunspots: time step 1 year; the model was trained with 1 month"
    )
    assert refusal("predict", "--model", trained, "--period", "6") == (
        "nino: season in steps 6; the model was trained with 12"
    )
    assert refusal("predict", "--model", trained, "--data", own_csv(tmp_path / "short.csv", 29)) == (
        "short: 29 values; the model looks back 30"
    )
    assert refusal("train", "--data", own_csv(tmp_path / "short.csv", 40), "--model", tmp_path / "m") == (
        "short: 40 values are too few for windows of 30 and a season of 12: 46 is the least "
        "(70 % to train, 10 % to validate, 20 % to test)"
    )
    assert refusal("train", "--data", "none.csv", "--model", tmp_path / "m").startswith("none.csv: No such file")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    result = run("predict", "--model", trained, "--output", blocked / "x.csv")
    assert result.exit_code == 2
    assert result.stdout.startswith("time,forecast")  # nothing is lost
    assert result.stderr == f"Error: {blocked}: File exists\n"


def test_without_matplotlib_the_rest_is_done_and_the_reason_given(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("evaluate", "--model", trained, "--plot", tmp_path / "x.png")
    assert result.exit_code == 0
    assert "autoregression" in result.stdout
    assert result.stderr.startswith("plot not written: matplotlib is not installed (")
    assert result.stderr.endswith("pip install 'batchfirst[plot]' brings it\n")
    assert not (tmp_path / "x.png").exists()


def test_ctrl_c_in_a_real_process_saves_and_can_be_resumed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from batchfirst.forecaster.cli import forecast; forecast()", "train",
               "--epochs", "150", "--model", str(tmp_path)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "checkpoint.json").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out.endswith(f"stopped; saved in {tmp_path}. The same command with --resume goes on from here\n")
    assert err == ""
    assert run("train", "--model", tmp_path, "--epochs", "1", "--resume").exit_code == 0


def test_help_has_an_example_for_each_command() -> None:
    for command in ("train", "evaluate", "predict"):
        assert f"batchfirst forecast {command} --" in run(command, "--help").stdout


def test_help_imports_no_torch() -> None:
    code = (
        "import sys; from batchfirst.forecaster.cli import demo, forecast\n"
        "for c in (demo, forecast):\n"
        "    try: c(['--help'])\n"
        "    except SystemExit: pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
