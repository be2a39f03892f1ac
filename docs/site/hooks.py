"""What mkdocs calls while it builds the site: pages that are derived from the package, and values put into pages.

A page per code comes from the catalogue and its explanation file, the reference from `batchfirst.__all__`, the
changelog and how to contribute from the files at the top of the repository: nothing of them is written twice.
"""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

import axes_picture
import calculator
import computed
import gallery
import reference

GALLERY = "mistakes/index.md"
TOP = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}  # above docs/, and their pages
CHINESE = "zh-Hant/"
SHIM = "https://unpkg.com/iframe-worker/shim"  # the theme's offline plugin names it; a copy of it ships with the docs


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the page of each code under the gallery's own."""
    for number, entry in enumerate(config.nav or []):
        if GALLERY in entry.values():
            (title,) = entry
            config.nav[number] = {title: [GALLERY, *gallery.navigation()]}
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file holds."""
    root = Path(config.config_file_path).parent
    derived = {
        **gallery.pages(), "reference.md": reference.page(),
        **{page: (root / name).read_text(encoding="utf-8").replace("](docs/", "](") for name, page in TOP.items()},
        "assets/axes.css": axes_picture.style(), "assets/calculator-data.js": calculator.data(),
    }  # fmt: skip
    for path, text in derived.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Compute what a page with `computed: true` in its head leaves open; lead to the pages of files above docs/."""
    for name, path in TOP.items():
        markdown = markdown.replace(f"](../{name})", f"]({path})")
    return computed.filled(markdown) if page.meta.get("computed") else markdown


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Take the one script that the theme would load from elsewhere from the site itself; name a page's language."""
    if page.file.src_uri.startswith(CHINESE):  # browsers choose the form and the place of its signs by this
        output = output.replace('<html lang="en"', '<html lang="zh-Hant"', 1)
    return output.replace(SHIM, get_relative_url("assets/iframe-worker.js", page.url))


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """The same for the page of an address that is not there."""
    return output_content.replace(SHIM, "assets/iframe-worker.js")
