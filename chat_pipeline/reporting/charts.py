"""How things are drawn: Vega-Lite through Altair. Each chart reads the named data `rows` (and `notes`)."""

from __future__ import annotations

from functools import cache

from chat_pipeline.reporting.drawing import COLOURS, Spec, axis, spec, steps

HEIGHT = 240
ROW_HEIGHT = 26
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
OUTCOMES = ["resolved", "handed over", "abandoned", "otherwise unresolved"]
OUTCOME_COLOURS = ["var(--c3)", "var(--c5)", "var(--c2)", "var(--c7)"]
# How a value stands to the rest: colour and shape say the same.
READINGS = ["worse", "better", "lower", "higher", "no clear difference", "not tested"]
READING_COLOURS = [COLOURS[1], COLOURS[2], COLOURS[4], COLOURS[0], COLOURS[6], COLOURS[0]]
READING_SHAPES = ["triangle-down", "triangle-up", "triangle-down", "triangle-up", "circle", "circle"]


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
    y = alt.Y("value:Q", title=None, axis=axis(kind), scale=alt.Scale(zero=True))
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
    return spec(alt.layer(notes, band, line, points), height=HEIGHT)


@cache
def week_of_hours() -> Spec:
    """Hours across, days down, the darker the more. Rows: day, hour, value, said."""
    import altair as alt

    chart = alt.Chart(alt.NamedData("rows")).mark_rect(stroke="var(--paper)", strokeWidth=1)
    chart = chart.encode(
        x=alt.X("hour:O", title="hour of the day", axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("day:O", title=None, sort=WEEKDAYS),
        color=steps("value", "per hour, usual week"),
        tooltip=[alt.Tooltip("day:N"), alt.Tooltip("hour:O"), alt.Tooltip("said:N", title="value")],
    )
    return spec(chart, height=7 * ROW_HEIGHT)


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
    return spec(chart, height=HEIGHT)


@cache
def dots(kind: str, signed: bool = False) -> Spec:
    """A dot with its 95 % interval per row, the largest first; `rest`, a tick, is what it is compared with.
    Rows: label, value, low, high, rest, group, said, place."""
    import altair as alt

    y = alt.Y(
        "label:N", title=None, sort=alt.EncodingSortField("place", op="min"), axis=alt.Axis(labelLimit=180)
    )
    base = alt.Chart(alt.NamedData("rows")).encode(y=y)
    x = alt.X("value:Q", title=None, axis=axis(kind, "x"), scale=alt.Scale(zero=True))
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(domain=READINGS, range=READING_COLOURS),
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
            scale=alt.Scale(domain=READINGS, range=READING_SHAPES),
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
    return spec(alt.layer(*layers), row=ROW_HEIGHT)


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
    return spec(alt.layer(bars, text), row=34)


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
        color=steps("value", None),
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
    return spec(alt.layer(cells, text), row=ROW_HEIGHT)
