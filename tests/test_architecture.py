"""The layers of docs/design.md, as a test: imports go down only, the pure layers know no torch, files stay readable."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import batchfirst

ROOT = Path(batchfirst.__file__).parent
LAYERS = ["model", "contracts", "observe", "diagnosis", "render", "session", "frontends"]  # from the bottom up
PURE = {"model", "contracts", "diagnosis", "render"}
HEAVY = {"torch", "numpy", "jaxtyping", "matplotlib", "safetensors"}
LONGEST = 400

FILES = sorted(path for path in ROOT.rglob("*.py") if "explanations" not in path.parts)
IDS = [path.relative_to(ROOT).as_posix() for path in FILES]


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that the file imports anywhere, with its line; of `from a import b` also a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def _layer(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports_go_down_only(path: Path) -> None:
    layer = _layer(path)
    if layer not in LAYERS:
        return  # the package's own file and the worked example: below
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    for line, name in _imports(path):
        package, _, rest = name.partition(".")
        if package == "batchfirst":
            assert rest.split(".")[0] in allowed | {"__version__"}, f"{path}:{line}: {layer} imports {name}"


@pytest.mark.parametrize("path", [path for path in FILES if _layer(path) in PURE], ids=lambda path: path.name)
def test_the_pure_layers_import_only_the_standard_library(path: Path) -> None:
    for line, name in _imports(path):
        package = name.partition(".")[0]
        assert package == "batchfirst" or package in sys.stdlib_module_names, f"{path}:{line}: imports {name}"


@pytest.mark.parametrize("path", [path for path in FILES if _layer(path) == "forecaster"], ids=lambda path: path.name)
def test_the_worked_example_uses_the_public_face_only(path: Path) -> None:
    public = {"batchfirst.batchfirst", *(f"batchfirst.{name}" for name in batchfirst.__all__)}
    for line, name in _imports(path):
        if name.partition(".")[0] == "batchfirst" and not name.startswith("batchfirst.forecaster"):
            assert name == "batchfirst" or name in public, f"{path}:{line}: imports {name}"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert not [name for name in IDS if Path(name).stem in {"utils", "util", "helpers", "misc", "common"}]


@pytest.mark.parametrize(
    "statement",
    [
        "import batchfirst",
        "import batchfirst; dir(batchfirst); batchfirst.__version__; batchfirst.LayoutError",
        "import batchfirst.session, batchfirst.render.plain, batchfirst.render.json",
        "import batchfirst.frontends.cli",
        "from batchfirst.diagnosis.codes import find_code; find_code('BF101')",
    ],
)
def test_what_must_not_load_torch(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
