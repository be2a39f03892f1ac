"""Audits recurrent models of released packages, each package in an environment of its own. Run by hand: docs/zoo.md.

usage: python tests/zoo/run_zoo.py FOLDER [NAME ...] [--table FILE]

FOLDER keeps the environments (about 1 GB each, one per package); they are made where they are missing, from
requirements/NAME.txt. NAME: as in zoo_NAME.py; all without. --table writes the rows as Markdown.
Exits with 1 where an audit raised, was wrong about a correct model, or missed a proven mistake.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OURS = ("jaxtyping", "beartype", "click", "safetensors")
HEAD = "| package | model | mode | layout | verdict | audit, s | bare runs | remarks |\n|---|---|---|---|---|---|---|---|"


def python_of(folder: Path, name: str) -> Path:
    """The interpreter of that package's environment, which is made if there is none."""
    home = folder / name
    python = home / "bin" / "python"
    if not python.exists():
        print(f"installing {name} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        # torch first and alone, so that no package pulls another build of it.
        wanted = (HERE / "requirements" / f"{name}.txt").read_text().split()
        pins = home / "pins.txt"
        pins.write_text(wanted[0] + "\n")
        for batch in (wanted[:1], [*wanted[1:], *OURS]):
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--constraint", pins, *batch], check=True)
        for compiled in home.glob("lib/*/site-packages/torchaudio/lib"):
            shutil.rmtree(compiled)  # built for CUDA; torchaudio does without
    return python


def rows_of(python: Path, name: str) -> list[dict[str, Any]]:
    source = Path(os.environ.get("BATCHFIRST_SRC", HERE.parents[1] / "src"))
    environment = os.environ | {"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, HERE / "measure.py", f"zoo_{name}"], env=environment, cwd=python.parents[1], text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    rows = [json.loads(line[4:]) for line in done.stdout.splitlines() if line.startswith("ZOO ")]
    if done.returncode:
        rows.append(dict(package=name, version="", name="(all)", verdict="not run", raised=done.stderr[-1500:]))
    return rows


def told(row: dict[str, Any]) -> str:
    """One row as a line of the Markdown table."""
    verdict = row["verdict"] + (f": {', '.join(row['codes'])}" if row.get("codes") else "")
    remarks = [row.get("note", ""), row.get("proof", ""), *row.get("remarks", ()), *row.get("notes", ())]
    layout = str(row.get("layout", "")).replace("|", "/")
    cells = (
        f"{row['package']} {row['version']}", row["name"], row.get("mode", ""), f"`{layout}`", verdict,
        row.get("seconds", ""), row.get("ratio", ""), "; ".join(part for part in remarks if part),
    )  # fmt: skip
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    names = options.names or sorted(path.stem.removeprefix("zoo_") for path in HERE.glob("zoo_*.py"))
    lines, wrong = [HEAD], 0
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        for row in rows_of(python_of(options.folder.resolve(), name), name):
            lines.append(told(row))
            good = row["verdict"] in ("clean", "proven mistake found")
            wrong += not good
            print(lines[-1] if good else lines[-1] + "\n" + "\n".join(row.get("findings", [row.get("raised", "")])))
    if options.table is not None:
        options.table.write_text("\n".join(lines) + "\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
