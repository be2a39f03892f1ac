"""Reports on the way out: to a file whose name tells the form, and to the reader where the file cannot be written."""

from __future__ import annotations

import os
from collections.abc import Callable

from batchfirst import __version__
from batchfirst.model.errors import UsageError
from batchfirst.model.report import Report
from batchfirst.render.html_report import report_html
from batchfirst.render.report import report_github, report_sarif, report_text
from batchfirst.render.report_json import report_json
from batchfirst.session.ranks import forget, of_all_ranks

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
    """Raise UsageError, calling the setting `name`, where no report could be written to `path`: before a long run.

    Among several processes, every one of them is to ask this at its beginning: what it left there before is forgotten.
    """
    if not isinstance(path, str) or "\0" in path or _form(path) not in SUFFIXES:
        raise UsageError(name, path, f"a file that ends in {', '.join(SUFFIXES)}")
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise UsageError(name, path, "a file; this is a folder")
    if not os.path.isdir(folder):
        raise UsageError(name, path, f"a file in a folder that exists; {folder} does not")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise UsageError(name, path, "a file that may be written; this may not")
    forget(path)


def write_report(
    report: Report, path: str, name: str, say: Callable[[str], object], whole: Callable[[Report], object] = bool
) -> bool:
    """Write the report to `path` in the form that its ending names; whether that worked.

    Among several processes every one of them is to do so: the parts of all ranks become one report, which `whole` is
    given in the process that ends last.
    Where it cannot be written, or not in this form, `say` is given the reason and then the report itself, so that
    nothing is lost: as text in place of a page, else in its own form. Raises nothing for it.
    """
    with of_all_ranks(report, path) as due:
        if due.report is None:
            return True
        if due.whole:
            whole(due.report)
        return _written(due.report, path, due.first_to, name, say)


def _written(report: Report, path: str, first_to: str, name: str, say: Callable[[str], object]) -> bool:
    form = _form(path)[1:]
    try:
        text = FORMS[form](report)
    except Exception as error:  # a fault of ours must not cost the run that it is about
        say(f"{name}={path}: no {form} could be made ({type(error).__name__}: {error}); please report this; as text:")
        say(_as_text(report))
        return False
    try:
        # What a file system holds as a name need be no Unicode text.
        with open(first_to, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        if first_to != path:
            os.replace(first_to, path)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        say(f"{name}={path} cannot be written: {told}; the report follows")
        say(_as_text(report) if form == "html" else text)
        return False
    return True


def _form(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _as_text(report: Report) -> str:
    try:
        return report_text(report, traces=True)
    except Exception:
        return "\n\n".join(map(str, report.findings))
