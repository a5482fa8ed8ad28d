"""Two plain charts as data URIs, drawn by hand: an asset's metadata is no reason to load a library."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

Points = Sequence[tuple[str, float]]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 220, 56, 16, 14, 30
BAR, GAP, LABEL_WIDTH, LABEL_LETTERS, VALUE_WIDTH, MOST_BARS = 18, 6, 230, 34, 70, 12
COLOUR, INK, RULE = "#3b6fb6", "#55606e", "#d5dae1"


def line(points: Points) -> str:
    """Values over time: first and last label, least and greatest value written."""
    values = [value for _, value in points]
    low, high = min(0.0, *values), max(*values, 0.0)
    span = (high - low) or 1.0
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points) - 1)
    height = HEIGHT - TOP - BOTTOM

    def y(value: float) -> float:
        return TOP + height * (1 - (value - low) / span)

    path = " ".join(f"{LEFT + step * number:.1f},{y(value):.1f}" for number, value in enumerate(values))
    rules = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(at):.1f}" y2="{y(at):.1f}" stroke="{RULE}"/>'
        + _write(LEFT - 6, y(at) + 4, number(at), "end")
        for at in sorted({low, high})
    )
    last = f'<circle cx="{LEFT + step * (len(points) - 1):.1f}" cy="{y(values[-1]):.1f}" r="3.5" fill="{COLOUR}"/>'
    drawn = f'<polyline points="{path}" fill="none" stroke="{COLOUR}" stroke-width="2"/>{last}'
    labels = _write(LEFT, HEIGHT - 8, points[0][0], "start")
    if len(points) > 1:
        labels += _write(WIDTH - RIGHT, HEIGHT - 8, points[-1][0], "end")
    return _uri(HEIGHT, rules + drawn + labels)


def bars(points: Points) -> str:
    """A bar per label, with its value; the first `MOST_BARS`."""
    shown = points[:MOST_BARS]
    most = max(abs(value) for _, value in shown) or 1.0
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    parts = []
    for place, (label, value) in enumerate(shown):
        top = GAP + place * (BAR + GAP)
        width = max(1.0, room * abs(value) / most)
        cut = label if len(label) <= LABEL_LETTERS else f"{label[: LABEL_LETTERS - 1]}…"
        parts.append(_write(LABEL_WIDTH - 8, top + BAR - 5, cut, "end"))
        parts.append(
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width:.1f}" height="{BAR}" fill="{COLOUR}"/>'
        )
        parts.append(_write(LABEL_WIDTH + width + 6, top + BAR - 5, number(value), "start"))
    return _uri(GAP + len(shown) * (BAR + GAP), "".join(parts))


def number(value: float) -> str:
    """1,234 or 0.123."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def _write(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'


def _uri(height: float, inner: str) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#ffffff"/>{inner}</svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
