"""The command that runs a script: `batchfirst run train.py`."""

from __future__ import annotations

import os
import sys
from typing import IO, Any, NoReturn

import click

from batchfirst.frontends.cli import Outside
from batchfirst.frontends.cli_options import FORMAT, REPORT, told
from batchfirst.model import settings
from batchfirst.model.errors import UsageError
from batchfirst.model.layout import Layout
from batchfirst.model.report import Report
from batchfirst.model.settings import POLICIES
from batchfirst.render.terminal import text_width, wants_color
from batchfirst.session.ranks import among_several
from batchfirst.session.reports import check_path, write_report
from batchfirst.session.script import Program, end, module, script, show
from batchfirst.session.script_watch import ScriptWatch


class _ScriptCommand(click.Command):
    """Options of ours end where the script's name is, or behind `-m module`, as with Python itself."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        flags = {name for option in self.params if isinstance(option, click.Option) and option.is_flag
                 for name in option.opts}  # fmt: skip
        place = 0
        while place < len(args) and args[place].startswith("-") and args[place] != "--":
            if args[place].startswith("-m"):
                behind = place + (2 if args[place] == "-m" else 1)
                args = [*args[:behind], *(["--"] if args[place + 1 :] else []), *args[behind:]]
                break
            place += 1 if args[place] in flags or "=" in args[place] else 2
        return super().parse_args(ctx, args)


@click.command(cls=_ScriptCommand, context_settings={"allow_interspersed_args": False})
@click.option("--audit", is_flag=True, help="Also measure the models of the first training step, on copies.")
@click.option(
    "--on-mismatch",
    type=click.Choice(POLICIES),
    help="What is done about a mistake; default: the environment variable BATCHFIRST, else raise.",
)
@click.option(
    "--layout",
    metavar="LAYOUT",
    help='What the input of the first recurrent model is: "batch seq features". Default: what the DataLoader tells.',
)
@REPORT
@FORMAT
@click.option("-m", "module_name", metavar="MODULE", help="Run a module, as python -m does, in place of a file.")
@click.argument("arguments", metavar="SCRIPT [ARGS]...", nargs=-1, type=click.Path())
@click.pass_context
def run(
    ctx: click.Context, audit: bool, on_mismatch: str | None, layout: str | None, report: str | None, form: str,
    module_name: str | None, arguments: tuple[str, ...],
) -> None:  # fmt: skip
    """Run SCRIPT unchanged, and watch every recurrent module, cell and loss.

    The script's output and errors stay its own; what is found is told on
    stderr when it has ended. Its exit status stays its own too, unless it is
    0: then 1 says that a mistake was found, and 2 that the report could not be
    written.

    \b
    Examples:
      batchfirst run train.py --epochs 3
      batchfirst run --on-mismatch=record --report found.html train.py
      batchfirst run -m package.train --epochs 3
    """
    policy = settings.policy(on_mismatch, "--on-mismatch")
    if report is not None:
        check_path(report, "--report")
        report = os.path.abspath(report)  # wherever the script goes
    if module_name is None and not arguments:
        raise UsageError("SCRIPT", "", "a file of Python, or -m and the name of a module")
    watch = ScriptWatch(policy, None if layout is None else Layout.parse(layout), audit)
    for stream, errors in (ctx.find_object(dict) or {}).items():
        stream.reconfigure(errors=errors)  # the script's own output is as strict as ever
    watch.start()
    try:
        loaded = _load(module_name, arguments)
    except UsageError:
        watch.stop()
        raise
    title, rest = (module_name, arguments) if module_name else (os.path.basename(arguments[0]), arguments[1:])

    def then() -> NoReturn:
        stderr = sys.stderr
        error = loaded.run(rest) if isinstance(loaded, Program) else loaded
        if isinstance(error, Exception) and "torch" in sys.modules:
            from batchfirst.session.explain import attach

            attach(error)
        status = 0 if error is None else show(error)
        if os.getpid() == watch.process:  # else a fork that the script made: the first process reports
            watch.stop()
            # What was raised or warned of has been shown; so has what explains the error that ended the script.
            whole = policy == "record" and not isinstance(error, Exception)
            status = finish(watch.report(title), form, report, stderr, whole, status)
        end(error, status)

    raise Outside(then)


def _load(module_name: str | None, arguments: tuple[str, ...]) -> Program | BaseException:
    """The program, or what the packages raise that a module is in: these are the user's own code."""
    if module_name is None:
        return script(arguments[0])
    try:
        return module(module_name)
    except UsageError:
        raise
    except BaseException as error:
        return error


def finish(found: Report, form: str, path: str | None, stderr: IO[str], whole: bool, status: int) -> int:
    """Tell what was found and write the report. The exit status: the script's own, or what is due to the report."""

    def say(text: Any) -> None:
        click.echo(text, file=stderr, color=True)  # coloured already, or not

    written, wholes = True, list[Report]()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
        if path is not None:
            written = write_report(found, path, "--report", say, wholes.append)
        if form == "text":
            say(f"\nbatchfirst: {found.title}")
        say(told(found, form, color=wants_color(stderr), width=text_width(), whole=whole))
    except (OSError, ValueError):
        written = False  # the terminal is gone
    except Exception as error:  # a fault of ours never costs the user's run
        say(f"batchfirst could not tell what it found: {type(error).__name__}: {error}; please report this")
        say("\n\n".join(map(str, found.findings)))
    if among_several():
        # torchrun ends all processes when one fails: what was found costs none of them its last steps.
        return status or (0 if all(one.ok for one in wholes) else 1)
    return status or (2 if not written else 0 if found.ok else 1)
