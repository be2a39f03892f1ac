"""`%%watch`, `%audit` and explained errors in an IPython shell."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from tests.notebook.conftest import Shell
from torch.nn.modules import module as torch_hooks

import batchfirst as bf

WRONG = "model(x, torch.zeros(5, 2, 4))"
HEADING = "error[BF201]: h_0 is laid out (batch, layers, hidden)"
SWAPPED = "error[BF101]: GRU reads the batch axis as time"


def hooks() -> tuple[int, ...]:
    return len(torch_hooks._global_forward_pre_hooks), len(torch_hooks._global_forward_hooks)


# %%watch -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["batch seq features", '"batch seq features"', "'batch seq features'"])
def test_a_watched_cell_stops_at_a_mistake(run: Shell, layout: str) -> None:
    before = hooks()
    shown = run(f"%%watch {layout}\ny = 1\nout = model(x)\nz = 2")
    assert shown.count(SWAPPED) == 1
    assert "--> Cell In[2]:3" in shown
    assert "nn/modules/module.py" not in shown  # torch's frames and ours: the finding says it all
    assert isinstance(run.result.error_in_exec, bf.LayoutError)
    assert ("y" in run.names, "z" in run.names) == (True, False)
    assert hooks() == before


def test_a_watched_cell_is_an_ordinary_cell(run: Shell) -> None:
    shown = run("%%watch\nimport asyncio\nawait asyncio.sleep(0)\n%time done = model(x)[0]\ndone.shape")
    assert run.result.result == (5, 7, 4)
    assert "Out[2]: torch.Size([5, 7, 4])" in shown
    assert "modules watched: 1, calls: 1, findings: 0\n" in shown
    assert "1/0" in run("%%watch\n\n1/0")
    assert isinstance(run.result.error_in_exec, ZeroDivisionError)
    assert run.result.error_in_exec.__traceback__.tb_next.tb_lineno == 3
    assert "modules watched" not in run("model(x)[0].shape")  # the watch ended with its cell


def test_losses_are_watched_too(run: Shell) -> None:
    shown = run(
        "%%watch --on-mismatch=record batch seq features\n"
        "nn.MSELoss()(model(x.transpose(0, 1))[0][-1, :, :1], torch.zeros(5)); nn.functional.mse_loss(x, x);"
    )
    assert "BF601" in shown


@pytest.mark.parametrize("flag", ["--on-mismatch record", "--on-mismatch=record"])
def test_what_was_recorded_is_shown_below(run: Shell, flag: str) -> None:
    shown = run(f"%%watch batch seq features {flag}\nout, h_n = model(x)")
    assert run.result.success
    assert shown.count(SWAPPED) == 1
    assert shown.startswith("modules watched: 1, calls: 1, findings: 1")
    assert SWAPPED not in run(f"%%watch batch seq features {flag} --ignore=bf101,BF209\nout, h_n = model(x)")


def test_the_flag_beats_the_environment_which_beats_the_default(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATCHFIRST", "record")
    assert SWAPPED in run("%%watch batch seq features\nout, h_n = model(x)")
    assert run.result.success
    run("%%watch batch seq features --on-mismatch=raise\nout, h_n = model(x)")
    assert isinstance(run.result.error_in_exec, bf.LayoutError)
    monkeypatch.setenv("BATCHFIRST", "off")
    assert run("%%watch batch seq features\nout, h_n = model(x)") == ""
    monkeypatch.setenv("BATCHFIRST", "loud")
    assert run("%%watch\n1/0") == (
        "UsageError: the environment variable BATCHFIRST='loud' is not valid; accepted: off, raise, warn, record, "
        "breakpoint\n"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--on-mismatch=loud", "UsageError: --on-mismatch='loud' is not valid; accepted: off, raise, warn, record"),
        ("--on-mismatch", "UsageError: --on-mismatch wants a value behind it"),
        ("--onmismatch=warn", "UsageError: there is no option --onmismatch; there are: --on-mismatch, --ignore"),
        ("--ignore BF999", "UsageError: code='BF999' is not valid; accepted:"),
        ('"batch seq" "batch"', "UsageError: one layout is wanted, for the first input"),
        ('"batch (seq"', "UsageError: `(` is never closed\n  batch (seq\n        ^\n"),
        ('"batch seq', "UsageError: a quote is not closed"),
    ],
)
def test_a_bad_watch_is_told_and_nothing_runs(run: Shell, line: str, told: str) -> None:
    before = hooks()
    assert run(f"%%watch {line}\nran = True").startswith(told)
    assert "ran" not in run.names
    assert hooks() == before


def test_the_cell_magic_can_be_called_by_name(run: Shell) -> None:
    run.shell.run_cell_magic("watch", "batch seq features --on-mismatch=record", "made = model(x)[0].shape")
    assert run.names["made"] == (5, 7, 4)
    with pytest.raises(bf.LayoutError):
        run.shell.run_cell_magic("watch", "batch seq features", "model(x)")


# %audit --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("model x batch seq features", ["BF101"]),
        ('model x "batch seq features"', ["BF101"]),
        ("model x.transpose(0, 1) 'seq batch features'", []),
        ("model torch.randn(4, 7, 3) b t f --seed=3", ["BF101"]),
        ("model input=x batch seq features", ["BF101"]),
        ('step x y "batch seq features" "batch 1"', ["BF101"]),
        ('step x y "batch seq features" None', ["BF101"]),
        ("step x y --layout {'0': 'batch seq features'}", ["BF101"]),
        ("(lambda one: model(one)) x batch seq features", ["BF101"]),
        ("model x --causal seq batch features", []),
    ],
)
def test_an_audit_is_returned(run: Shell, line: str, codes: list[str]) -> None:
    run("def step(x, y): return nn.functional.mse_loss(model(x)[0][:, -1, :1], y)\ny = torch.zeros(5, 1)")
    run(f"r = %audit {line}")
    result = run.names["r"]
    assert isinstance(result, bf.Audit)
    assert [found.code for found in result.findings if found.severity == "error"][:1] == codes


def test_an_audit_is_shown_once(run: Shell) -> None:
    verdict = "1 error: BF101 batch-seq-swapped at Cell In["
    assert run("%audit model x batch seq features").count(verdict) == 1
    assert isinstance(run.result.result, bf.Audit)
    assert run("r = %audit model x batch seq features").count(verdict) == 1
    assert run("%audit model x batch seq features\n1 + 1").count(verdict) == 1
    assert run("if True:\n    %audit model x batch seq features").count(verdict) == 1
    assert run("audit model x batch seq features").count(verdict) == 1  # automagic
    assert run("get_ipython().run_line_magic('audit', 'model x batch seq features');").count(verdict) == 1


def test_a_local_name_is_found(run: Shell) -> None:
    run("def measure(data):\n    return get_ipython().run_line_magic('audit', 'model data seq batch features')")
    run("r = measure(x)")
    assert run.names["r"].ok


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "what is to be audited? for example: %audit model x"),
        ("model", "on what input? for example: %audit model x"),
        ("modell x", "there is no name 'modell'"),
        ("model y", "there is no name 'y'"),
        ('model x y "batch seq features"', "there is no name 'y'"),
        ("model torch.zeros(n) batch", "there is no name 'n'"),
        ("model x batch seq", "layout='batch seq' is not valid; accepted: a layout with 3 axes"),
        ("model x batch(seq", "a bracket is not closed: model x batch(seq"),
        ("model x 'batch seq features", "a quote is not closed: model x 'batch seq features"),
        ("model x 'batch' x", "inputs stand before the layouts: x"),
        ("model x '(batch'", "`(` is never closed\n"),
        ("model x --layuot=3", "there is no option --layuot; there are: --layout, --lengths, --seed, --causal"),
        ("model x 'batch' --layout='batch'", "--layout and a layout behind the inputs: only one of them"),
        ("model x --seed=0.5 batch seq features", "seed=0.5 is not valid; accepted: a whole number"),
        ("3 x batch seq features", "model_or_function=3 is not valid; accepted: a module or a function"),
        ("model x batch seq features", "'batch' is a name of yours and of an axis: write the layout in quotes"),
    ],
)
def test_a_bad_audit_is_told_in_a_line(run: Shell, line: str, told: str) -> None:
    if told.startswith("'batch'"):
        run("batch = x")
    assert run(f"%audit {line}").startswith(f"UsageError: {told}")
    assert not run.result.success


def test_an_error_of_the_audited_program_is_its_own(run: Shell) -> None:
    shown = run(f"%audit (lambda one: {WRONG.replace(' ', '')}) x batch seq features")
    assert "RuntimeError: Expected hidden size" in shown
    assert shown.count(HEADING) == 1


def test_help_and_completion(run: Shell) -> None:
    assert "%audit model x batch seq features" in run("%audit?")
    assert "--on-mismatch raise|warn|record|breakpoint|off" in run("%%watch?")
    with provisionalcompleter():
        for typed, wanted in (("%aud", "%audit"), ("%%wat", "%%watch")):
            assert wanted in [one.text for one in run.shell.Completer.completions(typed, len(typed))]


# Errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["Context", "Verbose", "Plain", "Minimal"])
def test_an_error_of_torchs_is_explained_once_in_every_mode(run: Shell, mode: str) -> None:
    run(f"%xmode {mode}")
    shown = run(WRONG)
    assert shown.count(HEADING) == 1
    assert shown.index("Expected hidden size") < shown.index(HEADING)
    assert type(run.result.error_in_exec) is RuntimeError
    # A watch's note is not repeated.
    run("import batchfirst as bf")
    assert run(f"with bf.watch(model, on_mismatch='record'):\n    {WRONG}").count(HEADING) == 1
    if mode != "Minimal":
        assert run("%tb").count(HEADING) == 1
    assert run("print(bf.explain())").count(HEADING) == 1


def test_other_errors_are_left_alone(run: Shell) -> None:
    assert "batchfirst" not in run("1/0") + run("missing") + run("raise RuntimeError('mine')") + run("def f(:")
    assert "batchfirst" not in run("raise SystemExit") + run("class E(Exception): pass\nraise E")


def test_a_handler_of_the_users_own_keeps_its_errors(run: Shell) -> None:
    handled: list[Any] = []

    def handler(shell: Any, kind: Any, value: Any, trace: Any, tb_offset: Any = None) -> None:
        handled.append(value)
        print("mine:", value)

    run.shell.set_custom_exc((RuntimeError,), handler)
    shown = run(WRONG)
    assert [type(error) for error in handled] == [RuntimeError]
    assert shown.startswith("mine: Expected hidden size")
    assert shown.count(HEADING) == 1
    assert "1/0" in run("1/0")
    assert run("%%watch batch seq features\nmodel(x)").count(SWAPPED) == 1

    def as_usual(shell: Any, kind: Any, value: Any, trace: Any, tb_offset: Any = None) -> None:
        shell.showtraceback((kind, value, trace))

    run.shell.set_custom_exc((RuntimeError,), as_usual)
    assert run(WRONG).count(HEADING) == 1


# Loading -------------------------------------------------------------------------------------------------------------


def state(shell: Any) -> tuple[Any, ...]:
    callbacks = {name: list(found) for name, found in shell.events.callbacks.items()}
    magics = {kind: sorted(found) for kind, found in shell.magics_manager.magics.items()}
    return "showtraceback" in vars(shell), list(shell.input_transformers_cleanup), callbacks, magics, hooks()


def test_unloading_takes_everything_back(bare: Shell) -> None:
    before = state(bare.shell)
    bare("%load_ext batchfirst")
    assert state(bare.shell) != before
    bare("%%watch\n%unload_ext batchfirst")
    assert state(bare.shell) == before
    shown = bare(WRONG)
    assert "Expected hidden size" in shown
    assert HEADING not in shown
    bare("%load_ext batchfirst")
    bare("%reload_ext batchfirst")
    assert bare(WRONG).count(HEADING) == 1
    bf.load_ipython_extension(bare.shell)  # again is no different
    assert bare(WRONG).count(HEADING) == 1


def test_another_extension_around_ours_stays(run: Shell) -> None:
    ours, seen = run.shell.showtraceback, []

    def theirs(*args: Any, **kwargs: Any) -> None:
        seen.append(1)
        ours(*args, **kwargs)

    run.shell.showtraceback = theirs
    run("%unload_ext batchfirst")
    assert run.shell.showtraceback is theirs
    shown = run(WRONG)
    assert seen == [1]
    assert "Expected hidden size" in shown
    assert HEADING not in shown
    del run.shell.showtraceback


def test_values_are_text_at_the_prompt(run: Shell) -> None:
    run("import batchfirst as bf\nr = bf.audit(model, x, layout='batch seq features')")
    assert run("r.findings[0]").startswith(f"Out[3]: \n{SWAPPED}")
    assert run("r") == f"Out[4]: \n{run.names['r']}\n"
    assert run("r.trace") == f"Out[5]: \n{run.names['r'].trace}\n"
    assert run("bf.explain('BF101')") == f"Out[6]: \n{bf.explain('BF101')}\n"
    assert "<batchfirst.watch: 0 findings" in run("bf.watch(model)")


def test_the_package_imports_no_ipython_and_the_extension_no_torch() -> None:
    code = (
        "import sys, batchfirst\n"
        "print([name for name in ('IPython', 'torch') if name in sys.modules])\n"
        "import batchfirst.frontends.ipython\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nFalse\n"
