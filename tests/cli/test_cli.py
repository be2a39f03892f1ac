"""The command line: what it prints, where, and its exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner, Result

import batchfirst
from batchfirst.diagnosis.codes import CATALOGUE
from batchfirst.frontends.cli import COMMANDS, cli
from batchfirst.render.terminal import text_width, wants_color
from batchfirst.render.text import columns

SHAPES = "shapes --input-size 1 --hidden-size 64 --num-layers 5 --batch-first --batch 5 --seq 30"


def run(line: str, **options: str) -> Result:
    return CliRunner().invoke(cli, line.split(), prog_name="batchfirst", env={"FORCE_COLOR": "", **options})


def test_help_lists_every_command_with_an_example() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "Exit status: 0 nothing found, 1 findings, 2 wrong usage." in result.output
    for name in COMMANDS:
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_in_80_columns(name: str) -> None:
    result = run(f"{name} --help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"batchfirst {name} " in result.output.split("Example")[1] + " "
    assert max(columns(line) for line in result.output.splitlines()) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_commands_points_at_commands(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.name == name


def test_version() -> None:
    assert run("--version").output == f"batchfirst, version {batchfirst.__version__}\n"


def test_codes_lists_each_code_once() -> None:
    result = run("codes")
    assert result.exit_code == 0
    for entry in CATALOGUE.values():
        assert result.output.count(f"  {entry.code}  {entry.slug} ") == 1
    assert max(columns(line) for line in result.output.splitlines()) <= 80
    assert "\x1b" not in result.output


def test_codes_as_json() -> None:
    rows = json.loads(run("codes --format json").output)
    assert [row["code"] for row in rows] == list(CATALOGUE)
    assert set(rows[0]) == {"code", "slug", "severity", "summary"}


@pytest.mark.parametrize("name", ["BF101", "bf101", "batch-seq-swapped"])
def test_explain_takes_a_code_in_any_case_or_a_slug(name: str) -> None:
    result = run(f"explain {name}")
    assert result.exit_code == 0
    assert "BF101" in result.output.splitlines()[0]


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_a_page(code: str) -> None:
    result = run(f"explain {code}")
    assert result.exit_code == 0
    assert code in result.output.splitlines()[0]
    assert "```" not in result.output
    assert max(columns(line) for line in result.output.splitlines()) <= 80


def test_explain_lstm_tells_of_every_argument_of_the_constructor() -> None:
    result = run("explain lstm")
    assert result.exit_code == 0
    for argument in ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional"):
        assert argument in result.output


def test_shapes_as_a_table() -> None:
    result = run(SHAPES)
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines() if line.split()}
    for name, shape in (("input", "(5, 30, 1)"), ("h_0", "(5, 5, 64)"), ("output", "(5, 30, 64)")):
        assert shape in lines[name]
    assert max(columns(line) for line in result.output.splitlines()) <= 80


def test_shapes_as_json() -> None:
    shapes = json.loads(run(f"{SHAPES} --format json").output)
    assert shapes["input"]["shape"] == [5, 30, 1]
    assert shapes["input"]["axes"] == ["batch", "seq", "features"]
    assert set(shapes["h_n"]) == {"shape", "axes", "why"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("--seq 30", "input   (30, 1)"),
        ("--lengths 30,28,5", "input   (63, 1)"),
        ("--kind grucell --batch 5", "input  (5, 1)"),
        ("--batch 5 --seq 30 --bidirectional --proj-size 2", "output  (30, 5, 4)"),
    ],
)
def test_shapes_of_every_form(line: str, wanted: str) -> None:
    result = run(f"shapes --input-size 1 --hidden-size 4 {line}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert wanted in result.output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cods", "Error: No such command 'cods'; there are: audit, codes, "),
        ("codes --format yaml", "'yaml' is not one of 'text', 'json'"),
        ("explain", "Missing argument 'NAME'"),
        ("explain BF999", "'BF999' is not valid"),
        ("shapes --input-size 1 --batch 5", "Missing option '--hidden-size'"),
        ("shapes --input-size one --hidden-size 4 --batch 5", "'one' is not a valid integer"),
        ("shapes --input-size 1 --hidden-size 4 --lengths 3,x", "'3,x' is not a list of whole numbers such as 30,28,5"),
        ("shapes --input-size 1 --hidden-size 4 --batch 5", "seq=None is not valid; accepted: a number of steps"),
        ("shapes --input-size 1 --hidden-size 4 --batch 5 --proj-size 4", "proj_size=4 is not valid"),
        ("shapes --kind GRU --input-size 1 --hidden-size 4 --batch 5 --proj-size 2", "proj_size=2 is not valid"),
        ("shapes --input-size 1 --hidden-size 4 --batch -5 --seq 3", "batch=-5 is not valid"),
    ],
)
def test_wrong_usage_is_told_on_stderr_with_status_2(line: str, message: str) -> None:
    result = run(line)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr


def test_colour_on_request_only() -> None:
    assert "\x1b[" in run("--color codes").output
    assert "\x1b[" in run("codes", FORCE_COLOR="1").output
    assert "\x1b[" not in run("codes", FORCE_COLOR="1", NO_COLOR="1").output
    assert "\x1b[" not in run("--no-color codes", FORCE_COLOR="1").output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "flag", "environment", "wanted"),
    [
        (Terminal(), None, {}, True),
        (Terminal(), None, {"NO_COLOR": ""}, True),
        (Terminal(), None, {"NO_COLOR": "1"}, False),
        (Terminal(), None, {"TERM": "dumb"}, False),
        (Terminal(), False, {}, False),
        (io.StringIO(), None, {}, False),
        (io.StringIO(), None, {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), None, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (io.StringIO(), True, {"NO_COLOR": "1"}, True),
    ],
)
def test_who_decides_about_colour(
    stream: io.StringIO, flag: bool | None, environment: dict[str, str], wanted: bool
) -> None:
    assert wants_color(stream, flag, environment) is wanted


@pytest.mark.parametrize(("terminal", "width"), [("60", 60), ("200", 80)])
def test_text_is_80_columns_wide_at_most(monkeypatch: pytest.MonkeyPatch, terminal: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", terminal)
    assert text_width() == width


def test_codes_and_explanations_need_no_torch() -> None:
    program = (
        "import sys; from batchfirst.frontends.cli import cli\n"
        "for line in ('codes', 'explain BF101', '--help'):\n"
        "    cli.main(line.split(), standalone_mode=False)\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_as_a_program_on_a_narrow_character_set() -> None:
    program = "import sys; from batchfirst.frontends.cli import main; sys.argv = ['batchfirst', 'codes']; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, env={"PYTHONIOENCODING": "iso8859-5", "PYTHONUTF8": "0"}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "num_layers ? num_directions" in done.stdout


def test_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "batchfirst", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"batchfirst, version {batchfirst.__version__}\n"


@pytest.mark.parametrize(
    ("typed", "wanted"), [
        ("batchfirst exp", "plain,explain"),
        ("batchfirst explain BF10", "plain,BF101"),
        ("batchfirst run --on-mismatch re", "plain,record"),
        ("batchfirst audit --for", "plain,--format"),
        ("batchfirst run --report fou", "file,fou"),
        ("batchfirst run tra", "file,tra"),
    ],
)
def test_completion_knows_commands_options_codes_and_files(typed: str, wanted: str) -> None:
    asked = {"_BATCHFIRST_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    assert wanted in CliRunner().invoke(cli, prog_name="batchfirst", env=asked).output
