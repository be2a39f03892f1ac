"""Reports on the way out: to a file whose name tells the form, and to the reader where the file cannot be written."""

from __future__ import annotations

import os
from collections.abc import Callable

from batchfirst import __version__
from batchfirst.model.errors import UsageError
from batchfirst.model.report import Report
from batchfirst.render.report import report_github, report_html, report_json, report_sarif, report_text

# By the ending of a report's file, and by the name of `--format`.
FORMS: dict[str, Callable[[Report], str]] = {
    "text": report_text,
    "json": report_json,
    "sarif": lambda report: report_sarif(report, __version__),
    "github": report_github,
    "html": report_html,
}
SUFFIXES = (".html", ".json", ".sarif")


def check_path(path: str, name: str) -> None:
    """Raise UsageError, calling the setting `name`, where no report could be written to `path`: before a long run."""
    if os.path.splitext(path)[1] not in SUFFIXES:
        raise UsageError(name, path, f"a file that ends in {', '.join(SUFFIXES)}")
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path) or not os.path.isdir(folder):
        raise UsageError(name, path, f"a file in a folder that exists; {folder} does not" if not os.path.isdir(path)
                         else "a file; this is a folder")  # fmt: skip


def write_report(report: Report, path: str, name: str, say: Callable[[str], object]) -> bool:
    """Write the report to `path` in the form that its ending names; whether that worked.

    Where it cannot be written, `say` is given the reason and the report itself, so that nothing is lost.
    """
    text = FORMS[os.path.splitext(path)[1][1:]](report)
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        say(f"{name}={path}: {error.strerror or error}; the report follows")
        say(text)
        return False
    return True
