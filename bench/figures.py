"""Numbers from many measurements: percentiles, and a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def percentile(values: Iterable[float | None], share: float, digits: int = 1) -> float | None:
    """Linear between ranks (numpy's default); None where there is nothing to count."""
    known = [value for value in values if value is not None]
    return round(float(np.percentile(known, share)), digits) if known else None


def ratio(value: float | None, to: float | None) -> float | None:
    return round(value / to, 2) if value is not None and to else None


def table(rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned, the first row a heading; None is a dash, floats are whole numbers from 100 on."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if not i else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in texts
    )


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.2f}".rstrip("0").rstrip(".")
    return str(cell)
