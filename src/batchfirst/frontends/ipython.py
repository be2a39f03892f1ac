"""`%load_ext batchfirst`: `%%watch` and `%audit` in IPython and Jupyter, torch's errors explained where they show."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from IPython.core import magic
from IPython.core.error import UsageError
from IPython.display import display as _display

from batchfirst.frontends.ipython_line import audit_line, layout_of, split, take_options
from batchfirst.model import errors, settings
from batchfirst.model.files import name_files
from batchfirst.model.layout import Layout
from batchfirst.observe.callsite import until_user
from batchfirst.render.report import counted

if TYPE_CHECKING:
    from batchfirst.session.everywhere import Everywhere

display: Any = _display  # IPython has no types for it
_ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def load(shell: Any) -> None:
    """Give `shell` the magics and the explanations. Again is no different."""
    if BatchfirstMagics.__name__ not in shell.magics_manager.registry:
        shell.register_magics(BatchfirstMagics(shell))


def unload(shell: Any) -> None:
    """Take all of it back. Again is no different."""
    magics = shell.magics_manager.registry.pop(BatchfirstMagics.__name__, None)
    if magics is not None:
        magics.close()


@magic.magics_class
class BatchfirstMagics(magic.Magics):  # type: ignore[misc,unused-ignore] # IPython may be untyped
    """What the extension adds to one shell."""

    shell: Any

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._watch: Everywhere | None = None
        self._cell = ""
        self._shown: BaseException | None = None
        self._closed = False  # another extension may go on calling what stands in the shell's place
        self._before = vars(shell).get("showtraceback")  # of another extension
        self._show = shell.showtraceback
        shell.showtraceback = self._showtraceback
        shell.input_transformers_cleanup.append(_watch_as_a_line)
        for event, told in self._events().items():
            shell.events.register(event, told)
        name_files(self._cell_of)

    def close(self) -> None:
        """Take everything off that `__init__` and registering put on."""
        self._end()
        self._closed, shell = True, self.shell
        if vars(shell).get("showtraceback") == self._showtraceback:
            del shell.showtraceback
            if self._before is not None:
                shell.showtraceback = self._before
        if _watch_as_a_line in shell.input_transformers_cleanup:
            shell.input_transformers_cleanup.remove(_watch_as_a_line)
        for event, told in self._events().items():
            shell.events.unregister(event, told)
        for kind, names in self.magics.items():
            for name in names:
                shell.magics_manager.magics[kind].pop(name, None)
        name_files(None)

    def _events(self) -> dict[str, Any]:
        return {"pre_run_cell": self._began, "post_execute": self._end, "post_run_cell": self._ended}

    # The magics ---------------------------------------------------------------------------------------------------

    @magic.no_var_expand
    @magic.line_cell_magic
    def watch(self, line: str, cell: str | None = None) -> None:
        """Watch every recurrent module, cell and loss that the rest of this cell calls.

        %%watch [LAYOUT] [--on-mismatch raise|warn|record|breakpoint|off] [--ignore CODE,CODE]

        LAYOUT, with or without quotes: what the input of the first model with a recurrent module in it is. Without it
        only what torch refuses is found. --on-mismatch: what is done about a mistake; else the environment variable
        BATCHFIRST decides, else it is raised. What --on-mismatch=record found is shown under the cell.

        Example:
            %%watch batch seq features
            prediction = model(x)
        """
        if cell is not None:  # called by name; a cell that begins with %%watch gets here as a line
            self.shell.run_cell(f"%watch {line}\n{cell}").raise_error()
            return
        try:
            words = split(line)
            options = take_options(words, ("--on-mismatch", "--ignore"))
            text = layout_of(words)
            policy = settings.policy(options.get("--on-mismatch"), "--on-mismatch")
            layout = None if text is None else Layout.parse(text)
            ignore = _codes(options.get("--ignore", ""))
        except (errors.UsageError, errors.LayoutSyntaxError) as error:
            raise UsageError(str(error)) from None
        from batchfirst.session.everywhere import Everywhere

        self._end()
        if policy != "off":
            self._watch = Everywhere(policy, layout, ignore)

    @magic.no_var_expand
    @magic.needs_local_scope
    @magic.line_magic
    def audit(self, line: str, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Measure which axis of every tensor is batch, time or features: show the result and return it.

        %audit MODEL INPUT… [NAME=INPUT…] [LAYOUT…] [--causal] [--lengths EXPRESSION] [--seed NUMBER]
               [--layout EXPRESSION]

        MODEL and INPUT are expressions of yours, without blanks outside of brackets. LAYOUT, as in bf.audit, is for the
        first input; quoted, there may be one for each input (None: not data). --layout takes an expression: a mapping
        from paths to layouts.

        Example:
            %audit model x batch seq features
            result = %audit step x y "batch seq features" "batch 1"
        """
        names = {**self.shell.user_global_ns, **self.shell.user_ns, **(local_ns or {})}
        asked = audit_line(line.rstrip().removesuffix(";"), names)

        def value(expression: str) -> Any:
            return eval(expression, names)

        from batchfirst.session.audit import audit

        layout: Any = asked.layouts[0] if len(asked.layouts) == 1 else asked.layouts or None
        if "--layout" in asked.options:
            if asked.layouts:
                raise UsageError("--layout and a layout behind the inputs: only one of them")
            layout = value(asked.options["--layout"])
        lengths, seed = asked.options.get("--lengths"), asked.options.get("--seed", "0")
        target, inputs = value(asked.target), [value(word) for word in asked.inputs]
        kwargs = {name: value(word) for name, word in asked.keywords.items()}
        try:
            result = audit(
                target, *inputs, kwargs=kwargs, layout=layout, lengths=None if lengths is None else value(lengths),
                causal="--causal" in asked.options, seed=value(seed),
            )  # fmt: skip
        except (errors.UsageError, errors.LayoutSyntaxError) as error:
            raise UsageError(str(error)) from None
        if not self._prompt_shows(line):
            display(result)
        return result

    # What happens around a cell -------------------------------------------------------------------------------------

    def _began(self, info: Any) -> None:
        self._cell = info.raw_cell or ""

    def _end(self) -> None:
        """The cell is at its end: take the watch off, and tell what it saw."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        watch.stop()
        report = watch.report()
        if watch.policy == "record" and report.findings:
            display(report)
        else:
            print(counted(report))

    def _ended(self, result: Any) -> None:
        """An error that a handler of the user's own showed, without its note, is explained below."""
        error, shown, self._shown = result.error_in_exec, self._shown, None
        if error is None or error is shown or "torch" not in sys.modules:
            return
        from batchfirst.session.explain import explain, explained

        if not isinstance(error, errors.LayoutError) and not explained(error):
            explanation = explain(error)
            if explanation.findings:
                display(explanation)

    def _showtraceback(self, exc_tuple: _ErrorInfo | None = None, *args: Any, **kwargs: Any) -> Any:
        """In the shell's place: the error gets its explanation as a note, which the shell shows with it."""
        error = sys.exc_info()[1] if exc_tuple is None else exc_tuple[1]
        if error is not None and "torch" in sys.modules and not self._closed:
            from batchfirst.session.explain import attach

            attach(error)
            self._shown = error
            if isinstance(error, errors.LayoutError):  # it says all that torch's frames and ours would
                exc_tuple = (type(error), error, until_user(error.__traceback__))
        return self._show(exc_tuple, *args, **kwargs)

    def _prompt_shows(self, line: str) -> bool:
        """Whether the cell ends with this very line: then its value is shown as every cell's last value is."""
        last = (self._cell.rstrip().splitlines() or [""])[-1]
        return last[:1].strip() != "" and last.removeprefix("%").split() == ["audit", *line.split()]

    def _cell_of(self, file: str) -> str | None:
        """`Cell In[3]`, as tracebacks call it, for the file that a cell is compiled as."""
        found = self.shell.compile.format_code_name(file)
        return None if found is None else " ".join(found)


def _watch_as_a_line(lines: list[str]) -> list[str]:
    """`%%watch` that begins a cell is `%watch` there: `await`, values, errors and line numbers are then the cell's."""
    words = lines[0].split(maxsplit=1) if lines else []
    return [lines[0].replace("%%", "%", 1), *lines[1:]] if words[:1] == ["%%watch"] else lines


def _codes(text: str) -> set[str]:
    from batchfirst.diagnosis.codes import find_code

    return {find_code(code).code for code in text.split(",") if code.strip()}
