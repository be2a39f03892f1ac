"""Explanation pages on a terminal."""

from __future__ import annotations

from batchfirst.render.page import page_lines

PAGE = """\
# BF205 state-hidden-size

The state has as many features as the module's
`hidden_size`.

- the first point is a long one that goes on and on, past the end of its line
- the second

## A table

| axis | meaning |
| --- | --- |
| 0 | layers times directions, the slowest first |
| 1 | batch |

```python
h_0 = torch.zeros(1, 5, 32)   # a comment that keeps its place
```

```text
1234567890123456789012345678901234567890123456789012345678
```
"""


def test_a_page_in_60_columns() -> None:
    assert [line for line, _ in page_lines(PAGE, 60)] == [
        "BF205 state-hidden-size",
        "=======================",
        "",
        "The state has as many features as the module's",
        "`hidden_size`.",
        "",
        "- the first point is a long one that goes on and on, past",
        "  the end of its line",
        "- the second",
        "",
        "A table",
        "-------",
        "",
        "axis  meaning",
        "0     layers times directions, the slowest first",
        "1     batch",
        "",
        "h_0 = torch.zeros(1, 5, 32)   # a comment that keeps its place",
        "",
        "  1234567890123456789012345678901234567890123456789012345678",
    ]


def test_a_table_too_wide_for_columns_is_set_one_below_the_other() -> None:
    page = "| " + "a" * 30 + " | b |\n|---|---|\n| c | d |"
    assert [line for line, _ in page_lines(page, 40)] == ["a" * 30, "  b", "c", "  d"]
