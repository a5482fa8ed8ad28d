"""How things are drawn: Vega-Lite through Altair. Each chart reads the named data `rows` (and `notes`).

Colours are the page's CSS variables, so that one drawing serves light, dark and paper; heat maps have steps, for
a variable can't be blended. `--c1` ... are Okabe and Ito's colours, told apart with any colour vision.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]
COLOURS = [f"var(--c{number})" for number in range(1, 8)]
STEPS = [f"var(--h{number})" for number in range(7)]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
HEIGHT = 240
ROW_HEIGHT = 26
FORMATS = {"share": ".0%", "count": ",.0f", "seconds": "durations", "number": ".2f", "money": ",.2f"}
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
OUTCOMES = ["resolved", "handed over", "abandoned", "otherwise unresolved"]
OUTCOME_COLOURS = ["var(--c3)", "var(--c5)", "var(--c2)", "var(--c7)"]


@cache
def trend(kind: str) -> Spec:
    """A line over periods with its 95 % band; points of what is not complete are hollow, remarks are dashed lines. Rows:
    period, value, low, high, state (final or not complete); notes: from, text."""
    import altair as alt

    x = alt.X(
        "period:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%-d %b", labelFlush=True, tickCount=7),
    )
    y = alt.Y("value:Q", title=None, axis=_axis(kind), scale=alt.Scale(zero=True))
    base = alt.Chart(alt.NamedData("rows")).encode(x=x)
    tip = [alt.Tooltip("period:T", format="%-d %B %Y", title="from"), alt.Tooltip("said:N", title="value")]
    notes = alt.Chart(alt.NamedData("notes")).mark_rule(
        strokeDash=[3, 4], color="var(--muted)", strokeWidth=1.5
    )
    notes = notes.encode(
        x=alt.X("from:T", scale=alt.Scale(type="utc")), tooltip=[alt.Tooltip("text:N", title="remark")]
    )
    band = base.mark_area(opacity=0.18, color="var(--c1)").encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line(color="var(--c1)", strokeWidth=2).encode(y=y)
    points = base.mark_point(filled=True, size=46, color="var(--c1)", stroke="var(--c1)", opacity=1).encode(
        y=y,
        fill=alt.condition("datum.state != 'final'", alt.value("var(--paper)"), alt.value("var(--c1)")),
        tooltip=tip,
    )
    return _spec(alt.layer(notes, band, line, points), HEIGHT)


@cache
def week_of_hours(kind: str) -> Spec:
    """Hours across, days down, the darker the more. Rows: day, hour, value, said."""
    import altair as alt

    chart = alt.Chart(alt.NamedData("rows")).mark_rect(stroke="var(--paper)", strokeWidth=1)
    chart = chart.encode(
        x=alt.X("hour:O", title="hour of the day", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("day:O", title=None, sort=WEEKDAYS),
        color=_steps("value", kind, "per hour, usual week"),
        tooltip=[alt.Tooltip("day:N"), alt.Tooltip("hour:O"), alt.Tooltip("said:N", title="value")],
    )
    return _spec(chart, 7 * ROW_HEIGHT)


@cache
def outcomes() -> Spec:
    """Stacked to 100 % per period. Rows: period, outcome, place, share, count."""
    import altair as alt

    chart = alt.Chart(alt.NamedData("rows")).mark_bar(stroke="var(--paper)", strokeWidth=1)
    chart = chart.encode(
        x=alt.X(
            "label:O",
            title=None,
            sort=alt.EncodingSortField("period", op="min"),
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        ),
        y=alt.Y("count:Q", stack="normalize", title=None, axis=alt.Axis(format=".0%", tickCount=5)),
        color=alt.Color(
            "outcome:N",
            scale=alt.Scale(domain=OUTCOMES, range=OUTCOME_COLOURS),
            legend=alt.Legend(orient="top", title=None, columns=2, labelLimit=220),
        ),
        order=alt.Order("place:Q"),
        tooltip=[
            alt.Tooltip("label:N", title="from"),
            alt.Tooltip("outcome:N"),
            alt.Tooltip("said:N", title="share"),
        ],
    )
    return _spec(chart, HEIGHT)


@cache
def dots(kind: str, signed: bool = False) -> Spec:
    """A dot with its 95 % interval per row, the largest first; `rest`, a tick, is what it is compared with.
    Rows: label, value, low, high, rest, group, said, place."""
    import altair as alt

    y = alt.Y(
        "label:N", title=None, sort=alt.EncodingSortField("place", op="min"), axis=alt.Axis(labelLimit=180)
    )
    base = alt.Chart(alt.NamedData("rows")).encode(y=y)
    x = alt.X("value:Q", title=None, axis=_axis(kind), scale=alt.Scale(zero=True))
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(
            domain=["worse", "better", "lower", "higher", "no clear difference"],
            range=[COLOURS[1], COLOURS[2], COLOURS[4], COLOURS[0], COLOURS[6]],
        ),
        legend=None,
    )
    span = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low:Q", title=None), x2="high:Q", color=colour
    )
    rest = base.mark_tick(color="var(--muted)", thickness=2, size=16).encode(x="rest:Q")
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=x,
        color=colour,
        shape=alt.Shape(
            "group:N",
            legend=None,
            scale=alt.Scale(
                domain=["worse", "better", "lower", "higher", "no clear difference"],
                range=["triangle-down", "triangle-up", "triangle-down", "triangle-up", "circle"],
            ),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="value of"),
            alt.Tooltip("said:N", title="is"),
            alt.Tooltip("group:N", title="against the rest"),
        ],
    )
    layers = [span, rest, dot]
    if signed:
        zero = alt.Chart(alt.NamedData("rows")).mark_rule(color="var(--muted)").encode(x=alt.datum(0))
        layers = [zero, *layers]
    return _spec(alt.layer(*layers), {"step": ROW_HEIGHT})


@cache
def funnel() -> Spec:
    """A bar per step with how many of the first step reached it. Rows: step, label, share, said."""
    import altair as alt

    y = alt.Y(
        "label:N", title=None, sort=alt.EncodingSortField("step", op="min"), axis=alt.Axis(labelLimit=170)
    )
    base = alt.Chart(alt.NamedData("rows")).encode(y=y)
    bars = base.mark_bar(color="var(--c1)", cornerRadiusEnd=3).encode(
        x=alt.X("share:Q", title=None, scale=alt.Scale(domain=[0, 1.75]), axis=None),
        tooltip=[alt.Tooltip("label:N", title="step"), alt.Tooltip("said:N", title="reached")],
    )
    text = base.mark_text(align="left", dx=6, color="var(--ink)", fontSize=12).encode(
        x="share:Q", text="said:N"
    )
    return _spec(alt.layer(bars, text), {"step": 34})


@cache
def cohorts() -> Spec:
    """A row per cohort, a column per period since; the share is written into its cell. Rows: cohort, index,
    value, said, short, place, light (whether the cell is dark enough for light text)."""
    import altair as alt

    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X(
            "index:O",
            title="months after the first, shares in per cent",
            axis=alt.Axis(labelAngle=0, orient="top"),
        ),
        y=alt.Y(
            "cohort:O",
            title=None,
            sort=alt.EncodingSortField("place", op="min"),
            axis=alt.Axis(labelLimit=150),
        ),
    )
    cells = base.mark_rect(stroke="var(--paper)", strokeWidth=1).encode(
        color=_steps("value", "share", None),
        tooltip=[
            alt.Tooltip("cohort:N"),
            alt.Tooltip("index:O", title="months after"),
            alt.Tooltip("said:N", title="came back"),
        ],
    )
    text = base.mark_text(fontSize=11).encode(
        text="short:N",
        color=alt.condition("datum.light", alt.value("var(--paper)"), alt.value("var(--ink)")),
    )
    return _spec(alt.layer(cells, text), {"step": ROW_HEIGHT})


def _steps(field: str, kind: str, title: str | None) -> alt.Color:
    import altair as alt

    legend = (
        None
        if title is None
        else alt.Legend(title=title, orient="bottom", format=".1f", direction="horizontal", labelFontSize=11)
    )
    return alt.Color(f"{field}:Q", scale=alt.Scale(type="quantize", range=STEPS), legend=legend)


def _axis(kind: str) -> alt.Axis:
    import altair as alt

    if kind == "seconds":
        text = "datum.value >= 5400 ? format(datum.value / 3600, '.1f') + ' h' : datum.value >= 90 ? format(datum.value / 60, '.1f') + ' min' : format(datum.value, '.0f') + ' s'"
        return alt.Axis(labelExpr=text, tickCount=5)
    return alt.Axis(format=FORMATS[kind], tickCount=5)


def _spec(chart: Any, height: int | Spec) -> Spec:
    """The specification, as wide as its place on the page, in the page's colours."""
    import altair as alt

    config = {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": "var(--muted)",
            "titleColor": "var(--muted)",
            "gridColor": "var(--line)",
            "domainColor": "var(--line)",
            "tickColor": "var(--line)",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "axisX": {"grid": False},
        "legend": {
            "labelColor": "var(--muted)",
            "titleColor": "var(--muted)",
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "range": {"category": COLOURS},
        "aria": False,
    }
    chart = chart.properties(
        width="container", height=alt.Step(height["step"]) if isinstance(height, dict) else height
    )
    return {**chart.to_dict(), "config": config, "autosize": {"type": "fit-x", "contains": "padding"}}
