"""The gallery of mistakes: an overview by family, and a page per code from the explanation files of the package."""

from __future__ import annotations

import json
import re

from batchfirst.diagnosis.codes import CATALOGUE, FAMILIES
from batchfirst.diagnosis.pages import body, page
from gallery_extras import cost, pictures

_QUOTED = re.compile(r"^> (?!nothing)`?(?:\w+: )?(.+?)`?$", re.MULTILINE)
_NUMBERS = re.compile(r"(?<!\w)[(\[]\d[\dx, ]*[)\]]|(?<![\w\-\[])\d+(?!\w) ?")

_INTRODUCTION = """# Gallery of mistakes

Every mistake that batchfirst knows, by its code: how it looks in code, what torch says (often nothing: it trains), what
batchfirst says, and the program put right. Search for an error message of torch's to come to its page.
"""


def _path(code: str) -> str:
    return f"mistakes/{code}.md"


def messages(code: str) -> list[str]:
    """What torch says to the mistake, without its numbers; empty where it says nothing."""
    return [_NUMBERS.sub("", message) for message in _QUOTED.findall(body(code))]


def _whole(code: str) -> str:
    """The page of a code with pictures and costs, its head telling the search what torch's message is."""
    head = f"---\nhide: [toc]\nsearch:\n  boost: 2\ntags: {json.dumps(messages(code))}\n---\n"
    return head + page(code) + pictures(code) + cost(code)


def navigation() -> list[dict[str, list[dict[str, str]]]]:
    """The families, each with its codes, for mkdocs' `nav`."""
    entries: dict[str, list[dict[str, str]]] = {}
    for entry in CATALOGUE.values():
        entries.setdefault(entry.code[:3], []).append({f"{entry.code} {entry.slug}": _path(entry.code)})
    return [{f"{family}xx {FAMILIES[family]}": codes} for family, codes in entries.items()]


def pages() -> dict[str, str]:
    """Markdown by path: the overview and every code's page."""
    overview, family = [_INTRODUCTION], ""
    for entry in CATALOGUE.values():
        if entry.code[:3] != family:
            family = entry.code[:3]
            overview += [f"\n## {family}xx: {FAMILIES[family]}\n", "| code | | |\n|---|---|---|"]
        overview.append(f"| [{entry.code}]({entry.code}.md) | {entry.slug} | {entry.summary} |")
    return {"mistakes/index.md": "\n".join(overview) + "\n", **{_path(code): _whole(code) for code in CATALOGUE}}
