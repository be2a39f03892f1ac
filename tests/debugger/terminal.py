"""A program at a terminal: what is typed, and what it prints until it asks again."""

from __future__ import annotations

import os
import re
from typing import Any

import pexpect

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without the settings that the tests are about."""
    plain = {name: value for name, value in os.environ.items() if name not in ("BATCHFIRST", "PYTHONBREAKPOINT")}
    return {**plain, "TERM": "dumb", **more}


class Terminal:
    """prompt: a regular expression for what the program asks with."""

    def __init__(self, command: list[str], env: dict[str, str], prompt: str) -> None:
        self.prompt = prompt
        self.child: Any = pexpect.spawn(
            command[0], command[1:], env=env, encoding="utf-8", echo=False, timeout=60, dimensions=(50, 200)
        )

    def until_prompt(self) -> str:
        self.child.expect(self.prompt)
        return self._before()

    def __call__(self, line: str, prompt: str | None = None) -> str:
        """What it prints for `line`; prompt: it asks with another one from then on."""
        self.prompt = prompt or self.prompt
        self.child.sendline(line)
        return self.until_prompt()

    def to_the_end(self, line: str) -> str:
        self.child.sendline(line)
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self._before()

    def _before(self) -> str:
        return _STYLE.sub("", str(self.child.before)).replace("\r\n", "\n")
