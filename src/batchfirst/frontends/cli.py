"""The command line: `batchfirst COMMAND`. Commands are loaded when they are used, so that help and codes stay quick."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from batchfirst import __version__
from batchfirst.model.errors import LayoutSyntaxError, UsageError
from batchfirst.render.terminal import WIDEST, text_width, wants_color

# Name: where the click command is, and its line in the help (here, so that listing the commands imports none of them).
COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("batchfirst.frontends.cli_audit:audit", "Measure a model, and name what mixes up its axes."),
    "codes": ("batchfirst.frontends.cli_reference:codes", "List the code of every mistake it knows."),
    "demo": ("batchfirst.forecaster.cli:demo", "Train a forecaster, break it on purpose, see each mistake explained."),
    "explain": ("batchfirst.frontends.cli_reference:explain", "Explain a code (BF101), or an LSTM's arguments (lstm)."),
    "forecast": ("batchfirst.forecaster.cli:forecast", "Train, evaluate and use the example forecaster."),
    "run": ("batchfirst.frontends.cli_run:run", "Run a script unchanged, and watch its models."),
    "shapes": ("batchfirst.frontends.cli_reference:shapes", "Show every shape that a recurrent module wants."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}; there are: {', '.join(sorted(COMMANDS))}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(COMMANDS.items())])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (UsageError, LayoutSyntaxError) as error:
            raise click.UsageError(str(error)) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
    epilog="Exit status: 0 nothing found, 1 findings, 2 wrong usage.",
)
@click.version_option(__version__, prog_name="batchfirst")
@click.option("--color/--no-color", default=None, help="Default: colour on a terminal; NO_COLOR and FORCE_COLOR count.")
@click.pass_context
def cli(ctx: click.Context, color: bool | None) -> None:
    """Tells which axis of a tensor is batch, time or features, and where a
    recurrent module reads them differently.

    \b
    Examples:
      batchfirst demo
      batchfirst explain BF101
      batchfirst shapes --input-size 1 --hidden-size 64 --batch 5 --seq 30
    """
    # click strips colours from everything it writes where this is False, so that commands need not ask.
    ctx.color = wants_color(sys.stdout, color)
    ctx.max_content_width = text_width()


class Outside(BaseException):
    """Raised by a command for what is to be done outside of click: a user's script, which ends as it likes."""

    def __init__(self, then: Callable[[], NoReturn]) -> None:
        super().__init__(then)
        self.then = then


def main() -> None:
    """The `batchfirst` program. Exits with 0, with 1 where a command found something, with 2 for wrong usage."""
    strict = {}
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            strict[stream] = stream.errors
            stream.reconfigure(errors="replace")  # a terminal without "→" or "×" gets "?", not a crash
    try:
        cli.main(prog_name="batchfirst", obj=strict)
    except Outside as outside:
        then = outside.then
    then()
