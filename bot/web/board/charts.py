"""Draws bar charts as SVG, with lines for targets and plans. A table beside each chart has the same numbers.

bars([Bar("Days to pay", 5.0, "5 days", {"planned": 7.0})], title="…", description="…")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from markupsafe import Markup

WIDTH, ROW, BAR, EDGE = 450, 54, 16, 8
"""In units of the drawing: its width, the height of a row with its text, the height of a bar, the right margin."""

_ids = count(1)


@dataclass(frozen=True)
class Bar:
    """A bar. `value` is None without data; `lines` are targets and plans, by the name of their style."""

    label: str
    value: float | None
    text: str
    lines: Mapping[str, float] = field(default_factory=dict)


def bars(rows: Sequence[Bar], *, title: str, description: str, together: bool = True) -> Markup:
    """Returns a drawing of these rows. With `together` all rows share one scale; otherwise each has its own."""
    name = f"chart-{next(_ids)}"
    height = ROW * len(rows) + 4
    drawn = Markup("").join(_row(row, place, _scale(rows if together else [row])) for place, row in enumerate(rows))
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{title}</title><desc id="{name}-d">{description}</desc>{drawn}</svg>'
    ).format(width=WIDTH, height=height, name=name, title=title, description=description, drawn=drawn)


def _scale(rows: Sequence[Bar]) -> float:
    """Returns the length of the value 1, in units of the drawing."""
    most = max((value for row in rows for value in (row.value or 0, *row.lines.values())), default=0)
    return (WIDTH - EDGE) / most if most else 0


def _row(row: Bar, place: int, scale: float) -> Markup:
    top = place * ROW + 27
    lines = Markup("").join(
        Markup('<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{above}" y2="{below}"/>').format(
            kind=kind, x=max(2.0, value * scale), above=top - 4, below=top + BAR + 4
        )
        for kind, value in row.lines.items()
    )
    return Markup(
        '<text x="0" y="{words}">{label}  <tspan class="value">{text}</tspan></text>'
        '<rect class="back" x="0" y="{top}" width="{all}" height="{bar}"/>'
        '<rect class="bar" x="0" y="{top}" width="{length:.1f}" height="{bar}"/>{lines}'
    ).format(
        words=top - 9,
        label=row.label,
        text=row.text,
        top=top,
        all=WIDTH,
        length=(row.value or 0) * scale,
        bar=BAR,
        lines=lines,
    )
