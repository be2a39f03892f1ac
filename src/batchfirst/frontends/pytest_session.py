"""What the pytest plugin does in a session with `--batchfirst`: watch each test, fail it, and report at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from batchfirst.diagnosis.codes import find_code
from batchfirst.model.errors import BatchfirstWarning, LayoutError, LayoutSyntaxError, UsageError
from batchfirst.model.finding import Finding
from batchfirst.model.layout import Layout
from batchfirst.model.report import Report, ReportBuilder
from batchfirst.render.report import report_github, report_lines
from batchfirst.render.report_json import report_from_json, report_json
from batchfirst.render.terminal import text_width
from batchfirst.session.reports import check_path, write_report

if TYPE_CHECKING:
    from batchfirst.session.everywhere import Everywhere  # which imports torch: not before the first test
    from batchfirst.session.outermost import Audits

_WATCH = pytest.StashKey["Everywhere"]()
_DECLARED = pytest.StashKey[tuple[Layout | None, set[str]]]()
_UNREADABLE = pytest.StashKey[str]()
_FAILED = pytest.StashKey[bool]()
_CARRIED = "batchfirst"  # attribute of a test's last report: what travels from a worker to the session that reports


class BatchfirstSession:
    """Hooks of one session; where pytest-xdist distributes tests, one in each worker and one that reports."""

    def __init__(self, config: pytest.Config, mode: str) -> None:
        self.config, self.mode = config, mode
        self.worker = hasattr(config, "workerinput")
        self.audits: Audits | None = None
        self.parts: dict[tuple[str, str], Report] = {}  # by test and worker: a test that is run again replaces its own
        try:
            self.layout = _layout(config.getini("batchfirst_layout") or None)
            self.ignore = _codes(config.getini("batchfirst_ignore"))
            self.path, self.path_name = _report_path(config)
            if self.path and not self.worker:
                check_path(self.path, self.path_name)
        except (UsageError, LayoutSyntaxError) as error:
            raise pytest.UsageError(str(error)) from None

    # --- one test ------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch the test and its fixtures; the hooks come off whatever happens."""
        watch = item.stash[_WATCH] = self._watch(item)
        try:
            return (yield)
        finally:
            watch.stop()
            del item.stash[_WATCH]  # its report is on its way; items live as long as the session

    def _watch(self, item: pytest.Item) -> Everywhere:
        from batchfirst.session.everywhere import Everywhere
        from batchfirst.session.outermost import Audits

        layout, ignore = item.stash.get(_DECLARED, (self.layout, self.ignore))
        if self.mode != "audit":
            return Everywhere(self.mode, layout, ignore)
        self.audits = Audits() if self.audits is None else self.audits
        return Everywhere("raise", layout, ignore, self.audits)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Audit what the test called, when its own code has been run and its fixtures still stand."""
        __tracebackhide__ = True
        watch = item.stash[_WATCH]
        try:
            result = yield
        except Exception:
            with suppress(LayoutError, BatchfirstWarning):
                watch.audit()  # to be reported: what fails the test is its own error
            raise
        watch.audit()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test that failed shows the finding; the last report of a test carries what was seen."""
        watch = item.stash.get(_WATCH, None)
        if watch is not None and call.when == "teardown":
            codes = [("batchfirst", code) for code in sorted({found.code for found in watch.findings})]
            item.user_properties.extend(code for code in codes if code not in item.user_properties)
        report = yield
        if call.excinfo is not None and report.outcome == "failed":
            item.stash[_FAILED] = True
            error = _of_example(call.excinfo.value)
            found = getattr(error, "finding", None)
            if isinstance(error, (LayoutError, BatchfirstWarning)) and found is not None:
                report.longrepr = _shown(error, found, item)
                _end_at_the_user(error)
            elif watch is not None and (told := watch.explain(error)):
                report.sections.append(("batchfirst", told))
        if watch is not None and call.when == "teardown":
            handled = not item.stash.get(_FAILED, False)
            setattr(report, _CARRIED, report_json(watch.report(item.nodeid, handled=handled)))
        return report

    # --- markers and ini keys ------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)  # a conftest.py may give markers in its own
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A marker that cannot be read ends the session before any test runs; a worker can only fail its test."""
        for item in items:
            try:
                item.stash[_DECLARED] = self._declared(item)
            except pytest.UsageError as error:
                if not self.worker:
                    raise
                item.stash[_UNREADABLE] = str(error)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """What a worker could not tell before."""
        if _UNREADABLE in item.stash:
            pytest.fail(item.stash[_UNREADABLE], pytrace=False)

    def _declared(self, item: pytest.Item) -> tuple[Layout | None, set[str]]:
        """Layout and ignored codes of a test: of its closest marker that says so, else of the ini file."""
        layout, ignore = self.layout, set(self.ignore)
        for marker in reversed(list(item.iter_markers("batchfirst"))):  # the closest last
            try:
                if marker.args or set(marker.kwargs) - {"layout", "ignore"}:
                    raise UsageError("batchfirst", (*marker.args, *marker.kwargs), "layout=, ignore=")
                if "layout" in marker.kwargs:
                    layout = _layout(marker.kwargs["layout"])
                ignore |= _codes(marker.kwargs.get("ignore", ()))
            except (UsageError, LayoutSyntaxError) as error:
                raise pytest.UsageError(f"{item.nodeid}: pytest.mark.batchfirst: {error}") from None
        return layout, ignore

    # --- the whole session ---------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what the tests' reports carry, from this process or from a worker."""
        carried = getattr(report, _CARRIED, None)
        if carried is not None and not self.worker:
            self.parts[report.nodeid, getattr(report, "worker_id", "")] = report_from_json(carried)

    @property
    def report(self) -> Report:
        """What all tests met."""
        builder = ReportBuilder(title="pytest", who="tests")
        for part in self.parts.values():
            builder.merge(part)
        return builder.build()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report; where that fails it is printed, and a session that was well ends as wrongly used."""
        if not self.path or self.worker:
            return
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        say = terminal.write_line if terminal is not None else lambda text: print(text, file=sys.stderr)
        if terminal is not None:
            terminal.ensure_newline()
        written = write_report(self.report, self.path, self.path_name, say)
        if not written and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The section at the end, and GitHub's annotations."""
        report, write = self.report, terminalreporter.write_line
        if terminalreporter.verbosity >= 0:
            terminalreporter.section("batchfirst")
            for line in report_lines(report, color=terminalreporter.hasmarkup, width=text_width()):
                write(line)
        if os.environ.get("GITHUB_ACTIONS") == "true" and report.findings:
            write(report_github(report))


def _layout(text: Any) -> Layout | None:
    if text is not None and not isinstance(text, str):
        raise UsageError("layout", text, 'a layout such as "batch seq features", or None for nothing declared')
    return None if text is None else Layout.parse(text)


def _codes(names: Any) -> set[str]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise UsageError("ignore", names, 'a list of codes or slugs, such as ["BF209"]')
    found = set()
    for name in names:
        if not isinstance(name, str):
            raise UsageError("ignore", names, 'a list of codes or slugs, such as ["BF209"]')
        found.add(find_code(name).code)
    return found


def _report_path(config: pytest.Config) -> tuple[str, str]:
    """Where to report to, from the folder of the command line or of the ini file, and what the setting is called."""
    given = config.getoption("batchfirst_report")
    if given is not None:
        return os.path.join(config.invocation_params.dir, given), "--batchfirst-report"
    named = config.getini("batchfirst_report")
    return (os.path.join(config.rootpath, named) if named else ""), "batchfirst_report"


def _of_example(error: BaseException) -> BaseException:
    """What an example of a doctest raised, where it did not say so; any other error itself."""
    if "doctest" in sys.modules and isinstance(error, sys.modules["doctest"].UnexpectedException):
        raised: BaseException = error.exc_info[1]
        return raised
    return error


def _shown(error: BaseException, found: Finding, item: pytest.Item) -> ReprExceptionInfo:
    """The failure text: the finding and its notes, no frames. Of pytest's own kind, which travels between workers."""
    place = found.location
    file, line = (place.file, place.line) if place is not None else (str(item.path), (item.location[1] or 0) + 1)
    head = f"{found.severity}[{found.code}]: {found.summary}"
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    entries = ReprTraceback([ReprEntryNative([text + "\n"])], None, "native")
    return ReprExceptionInfo(reprtraceback=entries, reprcrash=ReprFileLocation(file, line, head))


def _end_at_the_user(error: BaseException) -> None:
    """Let the traceback end at the user's line, where `--pdb` then opens; torch's frames and ours are cut off."""
    from batchfirst.observe.callsite import frame_kind

    last, entry = None, error.__traceback__
    while entry is not None:
        if frame_kind(entry.tb_frame.f_code.co_filename) == "user":
            last = entry
        entry = entry.tb_next
    if last is not None:
        last.tb_next = None
