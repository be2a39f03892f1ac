"""The pytest plugin's options, marker and fixture. Loaded in everyone's session: nothing of ours is imported here."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from batchfirst.frontends.pytest_fixture import BatchfirstFixture

MODES = ("raise", "warn", "record", "breakpoint", "audit", "off")


class _Mode(argparse.Action):
    """`--batchfirst` and `--batchfirst=MODE`, never `--batchfirst MODE`: what follows may be a test file."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "nargs": 0})

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: str | None = None
    ) -> None:
        setattr(namespace, self.dest, (option_string or "").partition("=")[2] or "raise")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("batchfirst", "which axis is batch, time or features")
    group.addoption(
        "--batchfirst",
        *[f"--batchfirst={mode}" for mode in MODES],
        dest="batchfirst_mode",
        action=_Mode,
        default=None,
        help="watch every recurrent module, cell and loss that a test calls: a layout mistake fails the test (raise, "
        "the default), is a warning (warn), is reported at the end only (record), opens the debugger (breakpoint), or "
        "is not looked for (off); audit: raise, and audit the outermost recurrent model of each test",
    )
    group.addoption(
        "--batchfirst-report",
        dest="batchfirst_report",
        metavar="FILE",
        default=None,
        help="write what was found to FILE.html, FILE.json or FILE.sarif",
    )
    parser.addini("batchfirst", f"the mode where --batchfirst is not given: {', '.join(MODES)}", default="")
    parser.addini("batchfirst_layout", 'what the input of the models under test is: "batch seq features"', default="")
    parser.addini("batchfirst_ignore", "codes of findings that are meant, such as BF209", type="args", default=[])
    parser.addini("batchfirst_report", "the file to report to where --batchfirst-report is not given", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        'batchfirst(layout="batch seq features", ignore=["BF209"]): what the input of the model under test is, and '
        "findings that are meant",
    )
    mode = config.getoption("batchfirst_mode") or config.getini("batchfirst") or _environment()
    if mode not in MODES:
        raise pytest.UsageError(f"batchfirst={mode!r} is not valid; accepted: {', '.join(MODES)}")
    if mode != "off":
        from batchfirst.frontends.pytest_session import BatchfirstSession

        config.pluginmanager.register(BatchfirstSession(config, mode), "batchfirst-session")
    elif config.getoption("batchfirst_report") is not None:
        raise pytest.UsageError("--batchfirst-report needs --batchfirst: nothing is watched")


def _environment() -> str:
    """The policy of the environment variable BATCHFIRST; "off" where it is not set."""
    if not os.environ.get("BATCHFIRST"):
        return "off"
    from batchfirst.model import settings

    try:
        return settings.policy()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture
def batchfirst() -> BatchfirstFixture:
    """`.watch`, `.audit`, `.assert_layout`, `.assert_batch_independent` and `.assert_causal` of batchfirst."""
    from batchfirst.frontends.pytest_fixture import BatchfirstFixture

    return BatchfirstFixture()
