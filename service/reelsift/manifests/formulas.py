"""Cells of CSV that a spreadsheet would take for a formula, and how they are written so that none is."""

import re

_FORMULA = r"\s*[=+\-@＝＋－＠]"  # noqa: RUF001 - spreadsheets take the wide forms for formulas too
_BEGINS_FORMULA = re.compile(rf"'*(?:{_FORMULA}|[\t\r\n])")
_WRITTEN = re.compile(rf"'+(?:{_FORMULA}|[\t\r\n])")


def without_formula(cell: str) -> str:
    """`cell` as it is written: an apostrophe before what would begin a formula, as spreadsheets themselves have it.

    `written_cell` takes it back, so no two cells are written alike.
    """
    return f"'{cell}" if _BEGINS_FORMULA.match(cell) else cell


def written_cell(cell: str) -> str:
    """The cell that `without_formula` has written as `cell`."""
    return cell[1:] if _WRITTEN.match(cell) else cell
