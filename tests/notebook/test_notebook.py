"""A real notebook, executed once by nbclient, and what stands under its cells."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = {
    "load": "%load_ext batchfirst\nimport sys\nprint('torch' in sys.modules)",
    "model": """\
        import torch
        from torch import nn
        import batchfirst as bf
        class Forecaster(nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm = nn.LSTM(8, 16)
                self.head = nn.Linear(16, 1)
            def forward(self, x):
                output, _ = self.lstm(x)
                return self.head(output[:, -1])
        model = Forecaster()
        x = torch.randn(32, 50, 8)""",
    "audit": "%audit model x batch seq features",
    "returned": 'r = %audit model x "batch seq features"\nr.ok',
    "finding": "r.findings[0]",
    "trace": "r.trace",
    "watch": "%%watch batch seq features\nmodel(x)\nafter = True",
    "recorded": """\
        %%watch batch seq features --on-mismatch=record
        import asyncio
        await asyncio.sleep(0)
        model(x).shape""",
    "usage": "%%watch --on-mismatch=loud\nafter = True",
    "not run": "'after' in globals()",
    "error": "gru = nn.GRU(8, 16, num_layers=2, batch_first=True)\ngru(x, torch.zeros(len(x), 2, 16))",
    "explain": "bf.explain()",
    "watched": "with bf.watch(model, 'batch seq features', 'record') as w:\n    model(x)\nw",
    "hostile": """\
        class Odd(nn.Module):
            def __init__(self):
                super().__init__()
                self.add_module("<img src=x onerror=alert(1)>", nn.LSTM(8, 16))
            def forward(self, x):
                return getattr(self, "<img src=x onerror=alert(1)>")(x)[0]
        odd = Odd()
        %audit odd x "batch seq features"
        with bf.watch(odd, 'batch seq features', 'record') as w:
            odd(x)
        w""",
    "unload": "%unload_ext batchfirst\ngru(x, torch.zeros(len(x), 2, 16))",
}
HEADING = "error[BF201]: h_0 is laid out (batch, layers, hidden)"
SWAPPED = "LSTM reads the batch axis as time"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What stands under each cell."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(folder / name))
        patch.delenv("BATCHFIRST", raising=False)
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(_dedented(source)) for source in CELLS.values()]
        client = NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True)
        client.execute(cwd=str(folder))
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def _dedented(source: str) -> str:
    return re.sub(r"^ {8}", "", source, flags=re.MULTILINE)


def html(output: Any) -> str:
    return str(output.data["text/html"])


def error_text(output: Any) -> str:
    assert output.output_type == "error"
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.traceback))


def test_the_extension_waits_with_torch(outputs: dict[str, list[Any]]) -> None:
    assert [output.text for output in outputs["load"]] == ["False\n"]
    assert outputs["model"] == []


def test_audits_findings_and_traces_are_drawn_and_have_a_text(outputs: dict[str, list[Any]]) -> None:
    (audit,) = outputs["audit"]
    assert audit.output_type == "execute_result"
    assert html(audit).startswith('<div class="bf">')
    assert SWAPPED in html(audit)
    assert audit.data["text/plain"].startswith("1 error: BF101 batch-seq-swapped at Cell In[2]:10")
    shown, value = outputs["returned"]
    assert shown.output_type == "display_data"
    assert html(shown) == html(audit)
    assert value.data["text/plain"] == "False"
    (finding,) = outputs["finding"]
    assert html(finding).count("<article") == 1
    assert "Cell In[2]" in html(finding)
    assert finding.data["text/plain"].startswith(f"error[BF101]: {SWAPPED}")
    (trace,) = outputs["trace"]
    assert "<ol class='way'>" in html(trace)
    assert trace.data["text/plain"].splitlines()[0].startswith("  step ")


def test_a_watched_cell_ends_at_the_mistake(outputs: dict[str, list[Any]]) -> None:
    error, counts = outputs["watch"]
    text = error_text(error)
    assert error.ename == "LayoutRuntimeError"
    assert text.count(f"error[BF101]: {SWAPPED}") == 1
    assert "--> Cell In[2]:10 in Forecaster.forward" in text
    assert "batch_first=False, Cell In[2]:7" in text
    assert "site-packages/torch" not in text[text.index("in Forecaster.forward(self, x)") :]
    assert counts.text.startswith("modules watched: 2, calls: ")
    assert [output.data["text/plain"] for output in outputs["not run"]] == ["False"]


def test_a_recording_watch_shows_its_report(outputs: dict[str, list[Any]]) -> None:
    report, value = sorted(outputs["recorded"], key=lambda output: str(output.output_type))
    assert SWAPPED in html(report)
    assert value.data["text/plain"] == "torch.Size([32, 1])"


def test_wrong_usage_is_one_line(outputs: dict[str, list[Any]]) -> None:
    (said,) = outputs["usage"]
    assert said.text == (
        "UsageError: --on-mismatch='loud' is not valid; accepted: off, raise, warn, record, breakpoint\n"
    )


def test_an_uncaught_error_of_torchs_is_explained_once(outputs: dict[str, list[Any]]) -> None:
    assert json.dumps(outputs["error"]).count("error[BF201]") == 1
    text = error_text(outputs["error"][0])
    assert text.index("Expected hidden size (2, 32, 16), got [32, 2, 16]") < text.index(HEADING)
    assert "Cell In[11]:2" in text[text.index(HEADING) :]
    assert outputs["error"][0].ename == "RuntimeError"


def test_the_last_error_is_explained_on_demand(outputs: dict[str, list[Any]]) -> None:
    (explanation,) = outputs["explain"]
    assert html(explanation).count("<article") == 1
    assert explanation.data["text/plain"].startswith(HEADING)


def test_a_watch_is_drawn(outputs: dict[str, list[Any]]) -> None:
    (watched,) = outputs["watched"]
    assert SWAPPED in html(watched)
    assert "2 calls kept" in watched.data["text/plain"]


def test_everything_is_escaped(outputs: dict[str, list[Any]]) -> None:
    shown = json.dumps([output.data["text/html"] for output in outputs["hostile"] if "data" in output])
    assert "&lt;img src=x" in shown
    assert "<img" not in shown
    assert "<script" not in shown


def test_unloaded_it_is_torchs_error_alone(outputs: dict[str, list[Any]]) -> None:
    (error,) = outputs["unload"]
    assert "Expected hidden size" in error_text(error)
    assert "BF201" not in error_text(error)
