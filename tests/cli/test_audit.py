"""`batchfirst audit`: what it is pointed at, what it prints, and its exit status."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchfirst.frontends.cli import cli
from batchfirst.render.text import columns

MODELS = '''
import torch
from torch import nn

class Forecaster(nn.Module):
    def __init__(self, hidden=8, batch_first=False):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=batch_first)
        self.head = nn.Linear(hidden, 1)
    def forward(self, x):
        print("forward")
        return self.head(self.lstm(x)[0][:, -1])

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru = nn.Embedding(10, 4), nn.GRU(4, 5, batch_first=True, bidirectional=True)
    def forward(self, ids, mask=None):
        if mask is not None and mask.dtype != torch.bool:
            raise ValueError("the mask is no mask")
        return self.gru(self.embed(ids))[0]

right = Forecaster(batch_first=True)

def stacked(): return nn.Sequential(nn.LSTM(1, 8))

def with_inputs():
    print("building")
    return Tagger(), torch.randint(0, 10, (4, 6))

def with_arguments():
    return Tagger(), (torch.randint(0, 10, (4, 6)), torch.ones(4, 6, dtype=torch.bool))

def with_keywords():
    return Tagger(), {"ids": torch.randint(0, 10, (4, 6))}

def needs(path, size): return Tagger()
def fails(): raise ValueError("no data")
def quits(): raise SystemExit("no GPU")
def gives(): return [1, 2]
number = 3
'''


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with models.py and a package, where the command runs."""
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "broken.py").write_text("import no_such_package\n")
    (tmp_path / "script.py").write_text("import sys\nsys.exit('usage: script.py DATA')\n")
    (tmp_path / "prose.py").write_text("no Python\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("models", "broken", "script", "prose"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *words], prog_name="batchfirst", env={"FORCE_COLOR": ""})


FORECAST = ("--input", "5,30,1", "--layout", "batch seq features")


def test_a_finding_is_printed_whole_and_status_is_1() -> None:
    result = run("models.py:Forecaster", *FORECAST, "--trace")
    assert result.exit_code == 1
    assert result.stdout.startswith("1 error: BF101 batch-seq-swapped at models.py:12\n\nerror[BF101]: ")
    assert "--trace, or --report audit.html\n\n  step " in result.stdout
    assert "forward" in result.stderr  # the model's own words are no part of the report
    assert max(columns(line) for line in result.stdout.splitlines()) <= 80


def test_a_model_without_a_line_of_the_users_has_no_place() -> None:
    result = run("models.py:stacked", *FORECAST)
    assert result.stdout.startswith("1 error: BF101 batch-seq-swapped\n")
    assert "-->" not in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("models.py:right", *FORECAST),
        ("models:right", *FORECAST),
        ("models:with_inputs", "--layout", "batch seq"),
        ("models:with_arguments", "--layout", "batch seq", "--layout", "-"),
        ("models:with_keywords", "--layout", "batch seq"),
        ("models:Tagger", "--input", "4,6:int64", "--layout", "batch seq", "--seed", "3"),
        ("models:Tagger", "--input", "4,6:int32:7", "--input", "4,6:bool", "--layout", "batch seq", "--layout", "-"),
        ("models.py:Forecaster", "--input", "5,30,1"),  # a layout that is assumed accuses nobody
    ],
)
def test_a_right_model_ends_with_status_0(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout[:3]) == (0, "ok:")


def test_causal_is_asked_for() -> None:
    words = ("models:Tagger", "--input", "4,6:int64", "--layout", "batch seq", "--causal", "--format=json")
    assert [found["code"] for found in json.loads(run(*words).stdout)["findings"]] == ["BF403"]


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_other_forms_are_all_that_stdout_holds(form: str) -> None:
    result = run("models:Forecaster", *FORECAST, "--format", form)
    assert result.exit_code == 1
    if form == "github":
        assert result.stdout.startswith("::error file=models.py,line=12,")
    else:
        document = json.loads(result.stdout)
        found = document["findings"][0]["code"] if form == "json" else document["runs"][0]["results"][0]["ruleId"]
        assert found == "BF101"


def test_the_same_seed_makes_the_same_report(models: Path) -> None:
    words = ("models:Forecaster", "--input", "5,30,1", "--seed", "5", "--report", "a.json")
    run(*words)
    first = (models / "a.json").read_text()
    run(*words)
    assert (models / "a.json").read_text() == first


def test_what_torch_refuses_is_explained() -> None:
    result = run("models:Forecaster", "--input", "5,30,2")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        1, "error[BF105]: LSTM has input_size=1, and the last axis of the input has 2",
    )  # fmt: skip


def test_an_error_of_the_models_own_is_shown_as_it_is() -> None:
    result = run("models:Tagger", "--input", "4,6:int64", "--input", "4,6")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "ValueError: the mask is no mask\n" in result.stderr
    assert "models:Tagger does not run with these inputs" in result.stderr


def test_a_report_that_cannot_be_written_is_printed(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (models / "out").mkdir()
    (models / "models.py").write_text(MODELS + "\nimport os; os.rmdir('out')")
    result = run("models.py:right", *FORECAST, "--report", "out/found.json")
    assert result.exit_code == 2
    assert "--report=out/found.json cannot be written: No such file" in result.stderr
    assert '"schema": "batchfirst.report/' in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("models",), "TARGET='models' is not valid; accepted: package.module:factory or path/to/file.py:factory"),
        (("models:",), "TARGET='models:' is not valid"),
        (("missing.py:make",), "a file that exists; missing.py does not"),
        (("no.such:make",), "a module that can be imported: there is no no"),
        (("broken:make",), "it raised ModuleNotFoundError: No module named 'no_such_package' (broken.py:1)"),
        (("script.py:make",), "it raised SystemExit: usage: script.py DATA (script.py:2)"),
        (("prose.py:make",), "it raised SyntaxError: invalid syntax"),
        (("models:make",), "a name in models; there are Forecaster, Tagger, fails, gives, quits, right, stacked,"),
        (("models:number",), "a module, or what makes one; this is of type int"),
        (("models:gives",), "a factory that returns a model or (model, inputs); it returned list"),
        (("models:needs",), "a factory that needs no arguments; this one needs path, size"),
        (("models:fails",), "a factory that makes a model; it raised ValueError: no data (models.py:"),
        (("models:quits",), "a factory that makes a model; it raised SystemExit: no GPU (models.py:"),
        (("models:right",), "--input='' is not valid; accepted: the sizes of the model's input, such as 5,30,1"),
        (("models:right", "--input", "5x30"), "--input='5x30' is not valid; accepted: sizes such as 5,30,1"),
        (("models:right", "--input", "5,0,1"), "--input='5,0,1' is not valid"),
        (("models:right", "--input", "5,30:float31"), "accepted: one of the dtypes float32, float64, "),
        (("models:right", "--input", "5,30:float32:9"), "no bound for float32"),
        (("models:right", "--input", "5,30,1", "--layout", "batch,seq"), "axes are separated by spaces, not commas"),
        (("models:right", "--input", "5,30,1", "--layout", "batch seq"), "layout='batch seq' is not valid"),
        (("models:right", *FORECAST, "--layout", "batch"), "at most one entry per input: there are 1"),
        (("models:right", *FORECAST, "--report", "a.txt"), "--report='a.txt' is not valid"),
        (("models:right", *FORECAST, "--format", "html"), "'html' is not one of 'text', 'json', 'sarif', 'github'"),
        ((), "Missing argument 'TARGET'"),
    ],
)
def test_bad_input_is_told_with_status_2(words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
