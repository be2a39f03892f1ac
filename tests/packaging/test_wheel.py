"""What is released: the wheel and the sdist, built and used as an installed package, not from the source tree."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import batchfirst as bf
from batchfirst.diagnosis.codes import CATALOGUE

ROOT = Path(__file__).parent.parent.parent
MOST_BYTES = 1_000_000
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the sdist; the wheel is built from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A function that runs Python with the wheel installed, its dependencies those of this environment."""
    place, elsewhere = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("elsewhere")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(place)]
    subprocess.run([*pip, str(built[0])], check=True, capture_output=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "BATCHFIRST")}
    # Earlier on the path than the source tree's editable install; -P leaves out the current directory.
    environment |= {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", *arguments],
            cwd=elsewhere, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    where = run("-c", "import batchfirst; print(batchfirst.__file__)")
    assert where.stdout.startswith(str(place)), where
    return run


def test_the_wheel_holds_the_package_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names} == {"batchfirst", f"batchfirst-{bf.__version__}.dist-info"}
    assert not [name for name in names if "test" in Path(name).name.lower() and "pytest" not in name]
    assert "batchfirst/py.typed" in names
    assert {f"batchfirst/diagnosis/explanations/{code}.md" for code in CATALOGUE} <= set(names)
    source = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*") if path.is_file()}
    assert {name for name in source if "__pycache__" not in name} == {n for n in names if n.startswith("batchfirst/")}
    assert built[0].stat().st_size < MOST_BYTES


def test_the_metadata_is_complete(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        told = email.message_from_bytes(wheel.read(f"batchfirst-{bf.__version__}.dist-info/METADATA"))
    assert told["Version"] == bf.__version__
    assert told["License-Expression"] == "MIT"
    assert told["Requires-Python"] == ">=3.11"
    assert "Typing :: Typed" in told.get_all("Classifier", [])
    assert told["Description-Content-Type"] == "text/markdown"
    needed = {line.split(";")[0].split(">")[0] for line in told.get_all("Requires-Dist", []) if "extra" not in line}
    assert needed == {"torch", "jaxtyping", "beartype", "click", "safetensors[numpy]"}


def test_the_sdist_has_what_the_tests_and_the_docs_need(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    for needed in ("tests/test_readme.py", "docs/shapes.md", "mkdocs.yml", "Makefile", "constraints.txt", "README.md"):
        assert needed in names


def test_the_program_works(installed: Run) -> None:
    helped = installed("-m", "batchfirst", "--help")
    assert helped.returncode == 0
    assert "batchfirst explain BF101" in helped.stdout
    assert installed("-m", "batchfirst", "explain", "BF101").stdout.startswith("BF101")


def test_the_plugin_is_found_and_works(installed: Run, tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(
        "import pytest, torch\n"
        "@pytest.mark.batchfirst(layout='batch seq features')\n"
        "def test_it(): torch.nn.LSTM(8, 16)(torch.zeros(32, 50, 8))\n",
        encoding="utf-8",
    )
    done = installed("-m", "pytest", "-p", "no:cacheprovider", "--batchfirst", str(file))
    assert done.returncode == 1
    assert "error[BF101]: LSTM reads the batch axis as time" in done.stdout


def test_the_demo_runs(installed: Run, tmp_path: Path) -> None:
    done = installed("-m", "batchfirst", "demo", "--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "BF101" in done.stdout
    assert (tmp_path / "findings.txt").exists()


def test_types_are_told_to_a_type_checker(installed: Run, tmp_path: Path) -> None:
    file = tmp_path / "typed.py"
    file.write_text(
        "import batchfirst as bf\n"
        "reveal_type(bf.shapes('LSTM', input_size=1, hidden_size=2, seq=3))\n"
        "reveal_type(bf.LSTM(1, 2).findings)\n",
        encoding="utf-8",
    )
    settings = tmp_path / "mypy.ini"  # torch's own types are left out: they take half a minute to read
    settings.write_text("[mypy]\nstrict = True\n[mypy-torch.*]\nfollow_imports = skip\n", encoding="utf-8")
    done = installed("-m", "mypy", "--config-file", str(settings), "--cache-dir", str(tmp_path / "cache"), str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "contracts.shapes.Shapes" in done.stdout
    assert "tuple[batchfirst.model.finding.Finding, ...]" in done.stdout
