"""The commands that look things up: codes, explain, shapes. None of them imports torch."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from click.shell_completion import CompletionItem

from batchfirst.diagnosis.codes import CATALOGUE, FAMILIES
from batchfirst.render.page import page_lines
from batchfirst.render.plain import paint
from batchfirst.render.terminal import text_width
from batchfirst.render.text import wrap


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def codes(form: str) -> None:
    """List the code of every mistake that batchfirst knows, with its slug.

    \b
    Example:
      batchfirst codes --format json
    """
    if form == "json":
        click.echo(json.dumps([asdict(entry) for entry in CATALOGUE.values()], ensure_ascii=False, indent=2))
        return
    wide = max(len(entry.slug) for entry in CATALOGUE.values())
    family = ""
    for entry in CATALOGUE.values():
        if entry.code[:3] != family:
            family = entry.code[:3]
            click.echo(paint(f"{family}xx  {FAMILIES[family]}", "summary"))
        first, *others = wrap(entry.summary, text_width() - wide - 11)
        click.echo(f"  {paint(entry.code, entry.severity)}  {entry.slug:<{wide}}  {first}")
        for other in others:
            click.echo(" " * (wide + 11) + other)


def _complete_name(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Codes and slugs that begin as typed."""
    names = [name for entry in CATALOGUE.values() for name in (entry.code, entry.slug)]
    return [CompletionItem(name) for name in names if name.lower().startswith(typed.lower())]


@click.command()
@click.argument("name", shell_complete=_complete_name)
def explain(name: str) -> None:
    """Explain NAME: a code, its slug, or `lstm` for the constructor's arguments.

    What happens, why torch accepts or refuses it, a program that fails, and
    the same program put right.

    \b
    Examples:
      batchfirst explain BF101
      batchfirst explain state-layers
      batchfirst explain lstm
    """
    from batchfirst.diagnosis.pages import page

    for line, role in page_lines(page(name), text_width()):
        click.echo(paint(line, role))


def _whole_numbers(ctx: click.Context, parameter: click.Parameter, given: str | None) -> list[int] | None:
    try:
        return None if given is None else [int(number) for number in given.split(",")]
    except ValueError:
        raise click.BadParameter(f"{given!r} is not a list of whole numbers such as 30,28,5") from None


@click.command()
@click.option(
    "--kind",
    metavar="KIND",
    help="LSTM, GRU, RNN, LSTMCell, GRUCell or RNNCell.",
    type=click.Choice(["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"], case_sensitive=False),
    default="LSTM",
    show_default=True,
)
@click.option("--input-size", type=int, required=True, help="Features of one step of the input.")
@click.option("--hidden-size", type=int, required=True, help="Features of the hidden state.")
@click.option("--num-layers", type=int, help="Layers on top of each other; default 1.")
@click.option("--batch-first", is_flag=True, default=None, help="Input and output as (batch, seq, features).")
@click.option("--bidirectional", is_flag=True, default=None, help="A second pass from the end to the beginning.")
@click.option("--proj-size", type=int, help="LSTM only: h and output projected to this size; default 0, none.")
@click.option("--batch", type=int, help="Samples; left out: unbatched input.")
@click.option("--seq", type=int, help="Time steps; a cell takes one.")
@click.option("--lengths", callback=_whole_numbers, help="For packed input: 30,28,5 in place of --batch and --seq.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def shapes(
    kind: str, batch: int | None, seq: int | None, lengths: list[int] | None, form: str, **settings: Any
) -> None:
    """Show every shape that a recurrent module wants and returns.

    One line each for input, h_0, c_0, output, h_n and c_n, by axis name, for
    the settings that its constructor would get.

    \b
    Example:
      batchfirst shapes --input-size 1 --hidden-size 64 --num-layers 5 \\
          --batch-first --batch 5 --seq 30
    """
    from batchfirst.contracts.shapes import shapes as shapes_of

    given = {name: value for name, value in settings.items() if value is not None}
    table = shapes_of(kind, batch=batch, seq=seq, lengths=lengths, **given)
    if form == "json":
        rows = {
            name: {"shape": shape, "axes": table.axes(name), "why": table.why(name)} for name, shape in table.items()
        }
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        click.echo(str(table))
