"""The command that audits a model: `batchfirst audit package.module:factory`."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import click

from batchfirst.frontends.cli_options import FORMAT, REPORT
from batchfirst.model.errors import LayoutSyntaxError, UsageError
from batchfirst.model.report import Measured, Report
from batchfirst.render.audit import render_audit
from batchfirst.render.plain import render_findings
from batchfirst.render.terminal import text_width
from batchfirst.render.trace_table import render_trace
from batchfirst.session.reports import FORMS, check_path, write_report

_NO_DATA = "-"


@click.command()
@click.argument("target")
@click.option(
    "--input", "shapes", metavar="SHAPE", multiple=True,
    help="An input by its sizes: 5,30,1; ids as 5,30:int64, below 100 as 5,30:int64:100. Once for each input.",
)  # fmt: skip
@click.option(
    "--layout", "layouts", metavar="LAYOUT", multiple=True,
    help='What an input is: "batch seq features". Once for each input, in their order; - for one that is no data.',
)  # fmt: skip
@click.option("--trace", is_flag=True, help="Also show the way through the model: what each axis carries.")
@click.option("--causal", is_flag=True, help="No output step may depend on later steps.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the weights, the inputs and the audit.")
@REPORT
@FORMAT
@click.pass_context
def audit(
    ctx: click.Context, target: str, shapes: tuple[str, ...], layouts: tuple[str, ...], trace: bool, causal: bool,
    seed: int, report: str | None, form: str,
) -> None:  # fmt: skip
    """Measure the model that TARGET makes, and name what mixes up its axes.

    TARGET is package.module:factory or path/to/file.py:factory: a module, a
    class of modules, or a function that returns a model or (model, inputs).
    Inputs given by --input are random, and stand in place of the factory's.
    What the code of TARGET prints goes to stderr.

    \b
    Examples:
      batchfirst audit package.model:Forecaster --input 5,30,1 \\
          --layout "batch seq features"
      batchfirst audit tagger.py:make --input 5,30:int64 --layout "batch seq"

    Exit status: 0 nothing found, 1 findings, 2 wrong usage or a model that
    does not run.
    """
    if report is not None:
        check_path(report, "--report")
    import torch

    from batchfirst.session.audit import audit as measure
    from batchfirst.session.explain import explain
    from batchfirst.session.factory import inputs_of, load, made
    from batchfirst.session.script import show

    torch.manual_seed(seed)
    with redirect_stdout(sys.stderr):
        found = made(load(target), target)
        args, kwargs = (inputs_of(shapes, found.model, seed), {}) if shapes else (found.inputs, found.kwargs)
        if not args and not kwargs:
            raise UsageError("--input", "", "the sizes of the model's input, such as 5,30,1")
        wanted = [None if layout == _NO_DATA else layout for layout in layouts]
        layout = None if not wanted else wanted[0] if len(wanted) == 1 else wanted
        measured: Measured | None = None
        try:
            result = measure(found.model, *args, kwargs=kwargs, layout=layout, causal=causal, seed=seed)
        except (UsageError, LayoutSyntaxError):
            raise
        except Exception as error:  # of the model's own: torch refused the inputs, or what follows from them
            findings = explain(error).findings
            if not findings:
                show(error)
                raise click.UsageError(f"{target} does not run with these inputs") from error
        else:
            findings = result.findings
            measured = Measured(type(found.model).__name__, findings, result.trace)
    color, width = bool(ctx.color), text_width()
    document = Report(findings, audits=() if measured is None else (measured,), title=target)
    if form != "text":
        click.echo(FORMS[form](document))
    elif measured is None:
        click.echo(render_findings(findings, color=color, width=width))
    else:
        way = "--trace, or --report audit.html"
        click.echo(render_audit(findings, measured.trace, color=color, width=width, way=way))
        if trace:
            click.echo("\n" + render_trace(measured.trace, color=color, width=width))
    written = report is None or write_report(document, report, "--report", lambda line: click.echo(line, err=True))
    ctx.exit(2 if not written else 0 if document.ok else 1)
