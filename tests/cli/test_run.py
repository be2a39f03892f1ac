"""`batchfirst run`: the script is what it is under Python itself, and what is found is told beside it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from batchfirst.frontends.cli import cli

Done = subprocess.CompletedProcess[str]


def python(folder: Path, *words: str, stdin: str = "", **environment: str) -> Done:
    kept = {name: value for name, value in os.environ.items() if name not in ("BATCHFIRST", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env={**kept, **environment}, input=stdin, capture_output=True,
        encoding="utf-8", errors="backslashreplace", check=False, timeout=120,
    )  # fmt: skip


def run(folder: Path, *words: str, stdin: str = "", **environment: str) -> Done:
    return python(folder, "-m", "batchfirst", "run", *words, stdin=stdin, **environment)


def same(folder: Path, *words: str) -> tuple[Done, Done]:
    """The same words under Python and under `batchfirst run`: output and status are equal, stderr begins equal."""
    plain, ours = python(folder, *words), run(folder, *words)
    assert ours.stdout == plain.stdout
    assert ours.returncode == plain.returncode
    lines = [line for line in plain.stderr.splitlines(keepends=True) if "<frozen runpy>" not in line]
    assert depths("".join(lines)) == depths(ours.stderr[: len("".join(lines))])
    return plain, ours


def depths(text: str) -> str:
    """Without the numbers of how often a frame was left out: a script has three frames of ours above it."""
    return re.sub(r"repeated \d+ more", "repeated", text)


TRAINING = '''
import atexit, os, pickle, sys
os.environ["OMP_NUM_THREADS"] = "3"  # counts only before torch is imported
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Series(Dataset):
    def __len__(self): return 12
    def __getitem__(self, index): return torch.full((6, 3), float(index)), torch.rand(1)

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2, dropout=0.5, batch_first=True)
        self.head = nn.Linear(4, 1)
    def forward(self, x): return self.head(self.lstm(x)[0][:, -1])

if __name__ == "__main__":
    names = {name: vars(sys.modules["__main__"])[name] for name in ("__name__", "__file__", "__package__", "__spec__")}
    print(sys.argv, names, sys.path[0], torch.get_num_threads(), sys.stdout.errors)
    print(sorted(name for name in globals() if name.startswith("__")))
    atexit.register(lambda: print("at exit:", Model.__module__, pickle.loads(pickle.dumps(Series())).__len__()))
    torch.manual_seed(1)
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for context, workers in (("fork", 2), ("spawn", 1)):
        loader = DataLoader(Series(), 4, shuffle=True, num_workers=workers, multiprocessing_context=context)
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            print(float(loss).hex())
    print(torch.get_rng_state().sum())
    sys.exit(int(sys.argv[-1]))
'''


def test_a_training_is_what_it_is_without_us(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    _, ours = same(tmp_path, "train.py", "--report", "3")
    assert "modules watched: 2, calls: 18, findings: 0" in ours.stderr
    assert ours.returncode == 3


ENDS = {
    "returns": "print(__annotations__)",
    "status": "import sys; sys.exit(7)",
    "text": "import sys; print('out'); sys.exit('no data')",
    "error": "def f():\n    try:\n        1 / 0\n    except OSError as e:\n        raise ValueError from e\nf()",
    "chain": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('of f') from e",
    "group": "raise ExceptionGroup('both', [ValueError(1), KeyError(2)])",
    "syntax": "import broken",
    "recursion": "def f(n): return f(n + 1)\nf(0)",
    "hook": "import sys; sys.excepthook = lambda *e: print('hooked', e[0].__name__, e[2].tb_lineno); raise OSError",
    "abort": "import sys; sys.stdout.write('half a line'); raise GeneratorExit",
    "thread": "import concurrent.futures as c; c.ThreadPoolExecutor(1).submit(print, 'from a thread')",
    "encoding": "import sys; print(sys.stdout.errors, sys.stderr.errors); print('\\udc80')",
    "frames": "import warnings; warnings.warn('look')",
}


@pytest.mark.parametrize("name", ENDS)
def test_every_end_is_the_scripts_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "script.py").write_text(ENDS[name])
    (tmp_path / "broken.py").write_text("x = = 1\n")
    _, ours = same(tmp_path, "script.py", "-m", "--help")
    assert ours.stderr.endswith("modules watched: 0, calls: 0, findings: 0\n")


def test_an_interrupt_ends_the_process_by_its_signal(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import atexit; atexit.register(print, 'bye'); raise KeyboardInterrupt")
    plain, _ = same(tmp_path, "script.py")
    assert plain.returncode == -signal.SIGINT


def test_modules_and_folders_run_as_with_python(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("print('package', __name__)\n")
    (package / "train.py").write_text("from . import __name__ as p\nimport sys\nprint(p, __spec__.name, __package__, "
                                      "sys.argv, sys.path[0], __file__)\n")  # fmt: skip
    (package / "__main__.py").write_text("import sys; print(__name__, __package__, sys.argv[1:]); raise KeyError(1)\n")
    same(tmp_path, "-m", "package.train", "--format", "x")
    same(tmp_path, "-mpackage", "--", "-v")
    same(tmp_path, "package", "--epochs=3")


WRONG = '''
import sys, warnings
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)
        self.head = nn.Linear(4, 1)
    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])

model, loss = Forecaster(), nn.MSELoss()
for x, y in DataLoader(TensorDataset(torch.randn(20, 7, 3), torch.randn(20, 1)), 5, shuffle=True):
    loss(model(x), y).backward()
print("trained")
if "crash" in sys.argv:
    model.lstm(torch.zeros(5, 7, 4))
'''


BRIEF = "error[BF101]: LSTM reads the batch axis as time\n  --> wrong.py:13 in Forecaster.forward"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path


def test_record_reports_at_the_end_and_says_so_by_its_status(wrong: Path) -> None:
    done = run(wrong, "--on-mismatch=record", "--report", "found.json", "--format=text", "wrong.py")
    assert (done.stdout, done.returncode) == ("trained\n", 1)
    head, *rest = done.stderr.split("\n\n")
    assert head == "\nbatchfirst: wrong.py\nmodules watched: 3, calls: 12, findings: 1"
    assert rest[0].startswith(BRIEF)
    assert "the DataLoader read at wrong.py:16 stacks its samples on axis 0  [contract]" in rest[0]
    assert max(map(len, done.stderr.splitlines())) <= 80
    found = json.loads((wrong / "found.json").read_text())
    assert (found["title"], found["modules"], found["findings"][0]["code"]) == ("wrong.py", 3, "BF101")


def test_raise_stops_at_the_users_line(wrong: Path) -> None:
    done = run(wrong, "wrong.py")
    assert (done.stdout, done.returncode) == ("", 1)
    assert "batchfirst.model.errors.LayoutRuntimeError: error[BF101]" in done.stderr
    assert f"{os.sep}batchfirst{os.sep}" not in done.stderr  # no frame of ours
    assert done.stderr.count("help:") == 1  # whole once, then in brief
    assert done.stderr.endswith(f"{BRIEF}\n")


def test_an_error_of_torchs_is_explained_under_its_traceback(wrong: Path) -> None:
    done = run(wrong, "--format=github", "wrong.py", "crash", BATCHFIRST="record")
    assert (done.stdout, done.returncode) == ("trained\n", 1)
    said = "RuntimeError: input.size(-1) must be equal to input_size. Expected 3, got 4"
    trace, _, note = done.stderr.partition(said)
    assert trace.startswith("Traceback (most recent call last):\n")
    assert note.startswith("\nbatchfirst:\nerror[BF105]: ")
    commands = [line for line in note.splitlines() if line.startswith("::error ")]
    assert [code for line in commands for code in ("BF101", "BF105") if code in line] == ["BF101", "BF105"]


def test_warn_warns_and_off_watches_nothing(wrong: Path) -> None:
    done = run(wrong, "--on-mismatch", "warn", "wrong.py", BATCHFIRST="raise")
    assert (done.stdout, done.returncode) == ("trained\n", 1)
    assert "wrong.py:13: BatchfirstWarning: error[BF101]" in done.stderr
    done = run(wrong, "--on-mismatch=off", "wrong.py")
    assert (done.stdout, done.returncode) == ("trained\n", 0)
    assert "modules watched: 0" in done.stderr


AUDITED = '''
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, 2, dropout=0.5, batch_first=True)
        self.norm, self.head = nn.BatchNorm1d(8), nn.Linear(8, 1)  # its backward needs what its forward wrote
        self.register_buffer("calls", torch.zeros(()))
    def forward(self, x):
        self.calls += 1
        print("forward", int(self.calls))
        _, (h_n, _) = self.lstm(x)
        return self.head(self.norm(h_n.reshape(len(x), -1)))

torch.manual_seed(0)
model = Forecaster()
with torch.no_grad():
    model.eval()(torch.randn(4, 7, 3))
model.train()
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(2):
    for x, y in DataLoader(TensorDataset(torch.randn(12, 7, 3), torch.randn(12, 1)), 4, shuffle=True):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item().hex())
print(torch.rand(1).item().hex())
'''


def test_audit_measures_the_first_training_step_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(AUDITED)
    plain = python(tmp_path, "train.py")
    done = run(tmp_path, "--audit", "--on-mismatch=record", "--report=found.json", "train.py")
    assert plain.returncode == 0
    assert (done.stdout, done.returncode) == (plain.stdout, 1)  # the losses bit for bit, "forward" once a call
    assert "error[BF301]: reshape to (4, 8) puts hidden states of different samples side by" in done.stderr
    assert "audit of Forecaster: 1 error: BF301 hidden-scrambled at train.py:16" in done.stderr
    assert len(json.loads((tmp_path / "found.json").read_text())["audits"]) == 1
    done = run(tmp_path, "--audit", "train.py")
    assert (done.returncode, done.stdout.count("\n")) == (1, 2)  # stopped in the first step, after evaluation
    assert "LayoutRuntimeError: error[BF301]" in done.stderr


def test_breakpoint_opens_the_debugger_in_the_users_frame(wrong: Path) -> None:
    done = run(wrong, "--on-mismatch=breakpoint", "wrong.py", stdin="p x.shape\nc\n" + "c\n" * 8)
    assert "torch.Size([5, 7, 3])" in done.stdout
    assert done.stdout.endswith("trained\n")
    assert done.returncode == 1


def test_a_declared_layout_speaks_of_the_first_recurrent_model(wrong: Path) -> None:
    done = run(wrong, "--on-mismatch=record", "--layout", "seq batch features", "wrong.py")
    assert (done.stdout, done.returncode) == ("trained\n", 0)


def test_a_report_that_cannot_be_written_is_printed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "script.py").write_text("import os; os.rmdir('out'); os.chdir('/'); print('done')")
    done = run(tmp_path, "--report", "out/found.json", "script.py")
    assert (done.stdout, done.returncode) == ("done\n", 2)
    where = tmp_path / "out" / "found.json"
    assert done.stderr.startswith(f"--report={where} cannot be written: No such file or directory; the report")
    assert '"schema": "batchfirst.report/' in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.py"], "SCRIPT='missing.py' is not valid; accepted: a file of Python that exists"),
        (["."], "SCRIPT='.' is not valid; accepted: a file of Python, or a folder with a __main__.py"),
        (["prose.txt"], "SCRIPT='prose.txt' is not valid; accepted: Python; invalid syntax at line 1"),
        (["binary.py"], "SCRIPT='binary.py' is not valid; accepted: Python; "),
        ([], "SCRIPT='' is not valid; accepted: a file of Python, or -m and the name of a module"),
        (["-m", "no.such"], "-m='no.such' is not valid; accepted: a module that can be run: there is no no.such"),
        (["-m"], "Option '-m' requires an argument"),
        (["--on-mismatch=loud", "right.py"], "'loud' is not one of 'off', 'raise', 'warn', 'record', 'breakpoint'"),
        (["--layout", "batch,seq", "right.py"], "axes are separated by spaces, not commas\n  batch,seq\n       ^"),
        (["--layout", "batch seq batch", "right.py"], "batch seq batch"),
        (["--report", "found.txt", "right.py"], "--report='found.txt' is not valid; accepted: a file that ends in"),
        (["--report", "no/found.json", "right.py"], "accepted: a file in a folder that exists; no does not"),
        (["--format=yaml", "right.py"], "'yaml' is not one of 'text', 'json', 'sarif', 'github'"),
        (["--epochs", "right.py"], "No such option"),
    ],
)
def test_bad_input_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prose.txt").write_text("not at all Python\n")
    (tmp_path / "binary.py").write_bytes(b"\0\1\2")
    (tmp_path / "right.py").write_text("raise SystemExit('it ran')")
    result = CliRunner().invoke(cli, ["run", *words], prog_name="batchfirst")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_corrupt_environment_is_told_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFIRST", "loud")
    (tmp_path / "right.py").write_text("raise SystemExit('it ran')")
    result = CliRunner().invoke(cli, ["run", str(tmp_path / "right.py")], prog_name="batchfirst")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the environment variable BATCHFIRST='loud' is not valid; accepted: off, raise, warn, " in result.stderr
