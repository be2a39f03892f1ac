"""The README's programs print what it shows, and its table of tools says what each tool says.

`python tests/test_readme.py` writes the programs' output into the README anew.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import runpy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, jaxtyped
from torch import Tensor, nn

import batchfirst as bf

README = Path(__file__).parent.parent / "README.md"
PROGRAM = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```\n", re.DOTALL)
FILE = "example.py"


def output_of(program: str) -> str:
    """What `program` prints, run as a file in an empty current directory."""
    before, printed = Path.cwd(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            Path(FILE).write_text(program, encoding="utf-8")
            linecache.clearcache()
            torch.manual_seed(0)
            with contextlib.redirect_stdout(printed):
                runpy.run_path(FILE, run_name="__main__")
        finally:
            os.chdir(before)
    return printed.getvalue()


TEXT = README.read_text(encoding="utf-8")


def test_every_program_of_the_readme_shows_its_output() -> None:
    assert TEXT.count("```python") == len(PROGRAM.findall(TEXT)) == 4


@pytest.mark.parametrize(("program", "shown"), PROGRAM.findall(TEXT), ids=["first", "check", "measure", "explain"])
def test_the_readmes_programs_print_what_it_shows(program: str, shown: str) -> None:
    assert output_of(program) == shown


def test_the_readmes_lines_fit() -> None:
    assert max(map(len, TEXT.splitlines())) <= 120


@pytest.mark.parametrize("path", re.findall(r"\]\(([^):#]+)\)", TEXT))
def test_what_the_readme_points_to_is_there(path: str) -> None:
    assert (README.parent / path).exists()


# --- the table of tools ----------------------------------------------------------------------------------------------

BATCH, SEQ, FEATURES, HIDDEN, LAYERS = 32, 50, 8, 16, 2


class Right(nn.Module):
    """The forecaster of the table, without a mistake."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, HIDDEN, num_layers=LAYERS, batch_first=batch_first)
        self.head = nn.Linear(HIDDEN, 1)
        self.wide = nn.Linear(HIDDEN * LAYERS, 1)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


class HiddenView(Right):
    def forward(self, x: Tensor) -> Tensor:
        _, (h_n, _) = self.lstm(x)
        return self.wide(h_n.view(x.size(0), -1))


class InputView(Right):
    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x.view(x.size(1), x.size(0), -1))
        return self.head(output[-1])


class LastSample(Right):
    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        return self.head(output[-1])


class SoftmaxOverSamples(Right):
    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x)
        weights = torch.softmax(output.mean(-1, keepdim=True), dim=0)
        return self.head((weights * output).sum(1))


class StateBatchFirst(Right):
    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros(x.size(0), LAYERS, HIDDEN)
        output, _ = self.lstm(x, (state, state))
        return self.head(output[:, -1])


class FewFeatures(Right):
    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(x[..., :5])
        return self.head(output[:, -1])


class BroadcastLoss(Right):
    """A training step: the loss of the forecast against targets (batch,)."""

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return ((self(x) - y) ** 2).mean()


MODELS: dict[str, Callable[[], Right]] = {
    "none": Right,
    "batch-first data, `batch_first=False`": lambda: Right(batch_first=False),
    "`h_n.view(batch, -1)`, two layers": HiddenView,
    "`x.view(seq, batch, -1)` for a transpose": lambda: InputView(batch_first=False),
    "`output[-1]` of a batch-first module": LastSample,
    "softmax over the samples": SoftmaxOverSamples,
    "`(prediction - target) ** 2`, (32, 1) and (32,)": BroadcastLoss,
    "`h_0` as (batch, layers, hidden)": StateBatchFirst,
    "five features for `input_size=8`": FewFeatures,
}
SECTION = TEXT.partition("\n## Beside other tools\n")[2].partition("\n## ")[0]
TABLE = [line.strip("| ").split(" | ") for line in SECTION.splitlines() if line.startswith("| ")]
ROWS = {mistake: answers for mistake, *answers in TABLE[1:]}


def told(call: Callable[[], Any]) -> str:
    """ "error" where the call raises, else "–"."""
    try:
        call()
    except Exception:
        return "error"
    return "–"


def codes(findings: tuple[bf.Finding, ...]) -> str:
    return " ".join(found.code for found in findings) or "–"


def by_checks(model: Right, run: Callable[[], Tensor]) -> str:
    with bf.watch(model, layout="batch seq features", on_mismatch="record") as watched:
        told(run)
    return codes(watched.findings)


def by_audit(model: Right, data: tuple[Tensor, ...]) -> str:
    step = model.loss if isinstance(model, BroadcastLoss) else model
    try:
        return codes(bf.audit(step, *data, layout=["batch seq features", "batch"][: len(data)]).findings)
    except RuntimeError as error:
        return codes(bf.explain(error).findings)


@pytest.mark.parametrize("mistake", MODELS)
def test_the_table_says_what_each_tool_says(mistake: str) -> None:
    torch.manual_seed(0)
    model = MODELS[mistake]()
    x, y = torch.randn(BATCH, SEQ, FEATURES), torch.randn(BATCH)

    @jaxtyped(typechecker=beartype)
    def annotated(x: Float[Tensor, "batch seq features"]) -> Float[Tensor, "batch 1"]:
        return model(x)

    @jaxtyped(typechecker=beartype)
    def annotated_loss(x: Float[Tensor, "batch seq features"], y: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
        return ((annotated(x) - y) ** 2).mean()

    def run() -> Tensor:
        return model.loss(x, y) if isinstance(model, BroadcastLoss) else model(x)

    def run_annotated() -> Tensor:
        return annotated_loss(x, y) if isinstance(model, BroadcastLoss) else annotated(x)

    data = (x, y) if isinstance(model, BroadcastLoss) else (x,)
    answers = [told(run), told(run_annotated), by_checks(model, run), by_audit(model, data)]
    assert answers == ROWS[mistake]


def test_the_table_has_no_other_rows() -> None:
    assert list(ROWS) == list(MODELS)


if __name__ == "__main__":
    README.write_text(
        PROGRAM.sub(lambda found: f"```python\n{found[1]}```\n\n```text\n{output_of(found[1])}```\n", TEXT),
        encoding="utf-8",
    )
