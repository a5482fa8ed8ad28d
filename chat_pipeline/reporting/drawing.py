"""What all charts share: the page's colours and letters, axes, steps of a heat map, and their size.

Colours are the page's CSS variables, so that one drawing serves light, dark and paper; heat maps have steps, for
a variable can't be blended. `--c1` ... are Okabe and Ito's colours, told apart with any colour vision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]
COLOURS = [f"var(--c{number})" for number in range(1, 8)]
STEPS = [f"var(--h{number})" for number in range(7)]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
FORMATS = {"share": ".0%", "count": ",.0f", "number": ".2f", "money": ",.2f"}
# Hours, minutes or seconds by size.
DURATION = (
    "datum.value >= 5400 ? format(datum.value / 3600, '.1f') + ' h'"
    " : datum.value >= 90 ? format(datum.value / 60, '.1f') + ' min' : format(datum.value, '.0f') + ' s'"
)
# Ticks at whole hours, minutes or days: those of a plain number would be at 27.8 h.
TICKS = (10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 604800, 2592000)
MUTED = {
    "labelColor": "var(--muted)",
    "titleColor": "var(--muted)",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}
LINES = {"gridColor": "var(--line)", "domainColor": "var(--line)", "tickColor": "var(--line)"}
# Laid out again when a filter brings other labels, or they would be cut.
AUTOSIZE = {"type": "fit-x", "contains": "padding", "resize": True}
CONFIG = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {**MUTED, **LINES},
    "axisX": {"grid": False},
    "legend": MUTED,
    "range": {"category": COLOURS},
    # The place of the chart has the name that a screen reader tells, and a table beside it.
    "aria": False,
}


def steps(field: str, title: str | None) -> alt.Color:
    """Colour in steps, the darker (on a dark page: the lighter) the more."""
    import altair as alt

    legend = None
    if title is not None:
        legend = alt.Legend(
            title=title, orient="bottom", format=".2~r", direction="horizontal", labelFontSize=11
        )
    return alt.Color(f"{field}:Q", scale=alt.Scale(type="quantize", range=STEPS), legend=legend)


def axis(kind: str, scale: str = "y") -> alt.Axis:
    """The axis of a kind of value (share, count, seconds, number, money) on that scale, which begins at 0."""
    import altair as alt

    if kind == "seconds":
        largest = f"domain('{scale}')[1]"
        step = "".join(f"{largest} <= {6 * step} ? {step} : " for step in TICKS) + f"{largest} / 4"
        return alt.Axis(labelExpr=DURATION, values=alt.ExprRef(f"sequence(0, {largest} + 1, {step})"))
    return alt.Axis(format=FORMATS[kind], tickCount=5)


def spec(chart: Any, *, height: int | None = None, row: int | None = None) -> Spec:
    """The specification, as wide as its place on the page; `height` in all or per `row`."""
    import altair as alt

    chart = chart.properties(width="container", height=height if row is None else alt.Step(row))
    return {**chart.to_dict(), "config": CONFIG, "autosize": AUTOSIZE}
