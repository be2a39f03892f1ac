"""Rewrite the outputs on the explanation pages from what their programs print.

usage: python tests/explanations/update.py [BFxxx …]

Read the difference before you commit it: the pages are the record of how every finding reads.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

from programs import PAGES, read_page, run


def main(codes: list[str]) -> int:
    failed = 0
    for code in codes or sorted(path.stem for path in PAGES.glob("BF*.md")):
        page = read_page(code)
        try:
            with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                done = run(page.failing, Path(folder))
                if f"[{code}]" not in done.printed.partition("\n")[0]:
                    raise ValueError(f"the first finding is another one: {done.printed.splitlines()[:1]}")
                text = page.rewritten(done.quoted, done.printed)
        except Exception as error:
            failed += 1
            print(f"{code}: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        file = PAGES / f"{code}.md"
        if text != file.read_text(encoding="utf-8"):
            file.write_text(text, encoding="utf-8")
            print(f"{code}: rewritten")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
