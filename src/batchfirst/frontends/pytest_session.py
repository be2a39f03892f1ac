"""What the pytest plugin does in a session with `--batchfirst`: watch each test, fail it, and report at the end."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator
from typing import Any

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from batchfirst import __version__
from batchfirst.diagnosis.codes import find_code
from batchfirst.model.errors import LayoutError, UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.render.github import github_command
from batchfirst.render.json import finding_from_dict, finding_to_dict, findings_to_json
from batchfirst.render.sarif import findings_to_sarif
from batchfirst.session.everywhere import Everywhere

_WATCH = pytest.StashKey[Everywhere]()
_ATTRIBUTE = "batchfirst"  # of a test's last report: what travels from a worker to the session that reports


class BatchfirstSession:
    """Hooks of one session; where pytest-xdist distributes tests, one in each worker and one that reports."""

    def __init__(self, config: pytest.Config, mode: str) -> None:
        self.config, self.mode = config, mode
        self.modules = self.calls = 0
        self.tests: dict[Finding, list[str]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch the test and its fixtures; the hooks come off whatever happens."""
        layout, ignore = self._marked(item)
        watch = item.stash[_WATCH] = Everywhere(self.mode, layout, ignore)
        try:
            with warnings.catch_warnings():
                # Our hook steps aside while torch compiles: where warnings are errors, this one must fail no test.
                warnings.filterwarnings("ignore", "Using .torch.compile.module.. when there are global hooks")
                return (yield)
        finally:
            watch.stop()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A marker that cannot be read ends the session before any test runs."""
        for item in items:
            self._marked(item)

    def _marked(self, item: pytest.Item) -> tuple[Layout | None, set[str]]:
        layout: Layout | None = None
        ignore: set[str] = set()
        for marker in item.iter_markers("batchfirst"):  # the closest first
            try:
                if marker.args or set(marker.kwargs) - {"layout", "ignore"}:
                    raise UsageError("batchfirst", (*marker.args, *marker.kwargs), "layout=, ignore=")
                if layout is None and "layout" in marker.kwargs:
                    layout = Layout.parse(marker.kwargs["layout"])
                for code in marker.kwargs.get("ignore", ()):
                    ignore.add(find_code(code).code)
            except (ValueError, TypeError, KeyError) as error:
                raise pytest.UsageError(f"{item.nodeid}: pytest.mark.batchfirst: {error}") from None
        return layout, ignore

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test that failed with a finding shows the finding; the last report of a test carries what was seen."""
        watch = item.stash.get(_WATCH, None)
        if watch is not None and call.when == "teardown":
            codes = sorted({found.code for found in watch.findings})
            item.user_properties.extend(("batchfirst", code) for code in codes)
        report = yield
        error = None if call.excinfo is None else call.excinfo.value
        if isinstance(error, LayoutError) and report.outcome == "failed":
            report.longrepr = _shown(error, item)
        if watch is not None and call.when == "teardown":
            seen = {"modules": watch.watched, "calls": watch.called}
            found = [finding_to_dict(finding) for finding in watch.findings]
            setattr(report, _ATTRIBUTE, {**seen, "findings": found})
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what the tests' reports carry, from this process or from a worker."""
        seen = getattr(report, _ATTRIBUTE, None)
        if seen is None:
            return
        self.modules += seen["modules"]
        self.calls += seen["calls"]
        for data in seen["findings"]:
            self.tests.setdefault(finding_from_dict(data), []).append(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The section at the end, the report file, and GitHub's annotations."""
        write = terminalreporter.write_line
        if terminalreporter.verbosity >= 0:
            terminalreporter.section("batchfirst")
            concerned = {test for tests in self.tests.values() for test in tests}
            write(
                f"modules watched: {self.modules}, calls: {self.calls}, findings: {len(self.tests)}, "
                f"tests concerned: {len(concerned)}"
            )
            for finding, tests in sorted(self.tests.items(), key=lambda one: one[0].code):
                place = "" if finding.location is None else f"  --> {finding.location}"
                write(f"{finding.severity}[{finding.code}]: {finding.summary}{place}")
                for test in tests:
                    write(f"    {test}")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for finding in self.tests:
                write(github_command(finding))
        path = self.config.getoption("batchfirst_report")
        if path is not None:
            text = self._document(path)
            try:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                write(f"--batchfirst-report: {error}; the report follows")
                write(text)

    def _document(self, path: str) -> str:
        if path.endswith(".sarif"):
            return findings_to_sarif(self.tests, version=__version__)
        return findings_to_json(
            self.tests, modules=self.modules, calls=self.calls, tests=[sorted(set(one)) for one in self.tests.values()]
        )


def _shown(error: LayoutError, item: pytest.Item) -> ReprExceptionInfo:
    """The failure text: the finding and its notes, no frames. Of pytest's own kind, which travels between workers."""
    place = error.finding.location
    file, line = (place.file, place.line) if place is not None else (str(item.path), (item.location[1] or 0) + 1)
    head = f"{error.finding.severity}[{error.finding.code}]: {error.finding.summary}"
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    entries = ReprTraceback([ReprEntryNative([text + "\n"])], None, "native")
    return ReprExceptionInfo(reprtraceback=entries, reprcrash=ReprFileLocation(file, line, head))
