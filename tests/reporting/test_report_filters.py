"""What the filters of the report show is what is published, in a real browser (Debian's Chromium)."""

from __future__ import annotations

import pytest
from browsing import plain_percent, published_rows, tile

pytestmark = pytest.mark.slow


def test_what_is_on_screen_is_what_is_published(opened, report, demo_home_once):
    found = opened(report)
    page = found.page
    rows = published_rows(
        demo_home_once,
        """
        select metric, grain, cast(period_start as varchar), dimension, dimension_value, numerator, denominator,
            interval_low, interval_high
        from analytics.metrics
        where metric in ('conversation_rate', 'resolution_rate', 'escalation_rate', 'csat') and value is not null
            and ((dimension in ('all', 'platform') and grain in ('day', 'week', 'month'))
                or (dimension in ('purchase_history.status', 'technology.device') and grain = 'month'))
        order by md5(concat(metric, grain, period_start, dimension, dimension_value)) limit 14
        """,
    )
    assert len(rows) == 14
    for metric, grain, period, dimension, value, n, d, low, high in rows:
        page.click("#f-reset")
        found.choose(grain=grain)
        if dimension == "platform":
            found.choose(platform=value)
        elif dimension != "all":
            found.choose(segment=f"{dimension}={value}")
        found.choose(period=period)
        said = tile(page, metric)
        if d < 30:
            assert f"{n} of {d}" in said.splitlines()[0] or "Too few" in said
            assert "%" not in said.splitlines()[0]
        else:
            assert said.splitlines()[0] == plain_percent(n / d)
            assert f"{n:,} of {d:,}" in said
            assert f"{plain_percent(low)[:-2]} to {plain_percent(high)}" in said
    volume = published_rows(
        demo_home_once,
        "select cast(period_start as varchar), numerator from analytics.metrics where metric = 'conversation_volume'"
        " and dimension = 'all' and grain = 'week' order by 1",
    )
    page.click("#f-reset")
    for period, number in volume:
        found.choose(period=period)
        assert tile(page, "conversation_volume").splitlines()[0] == f"{number:,}"
    assert found.wrong == []


def test_platform_and_segment_at_once_show_the_published_rows_of_both(opened, report, demo_home_once):
    found = opened(report)
    page = found.page
    rows = published_rows(
        demo_home_once,
        """
        (select * from analytics.platform_segment_metrics
            where metric in ('resolution_rate', 'escalation_rate') and denominator >= 30 and attribute <> 'city'
            order by md5(concat(metric, grain, period_start, platform, attribute, segment)) limit 4)
        union all
        (select * from analytics.platform_segment_metrics
            where metric = 'conversation_rate' and denominator between 3 and 29 and attribute = 'status'
            order by md5(concat(grain, period_start, platform, segment)) limit 4)
        """,
    )
    assert len(rows) == 8
    for metric, _, grain, period, platform, family, attribute, segment, n, d, _, _, low, high, *_ in rows:
        found.choose(grain=grain, platform=platform, segment=f"{family}.{attribute}={segment}")
        found.choose(period=str(period))
        found.drawn()
        first, *rest = tile(page, metric).splitlines()
        assert first == (plain_percent(n / d) if d >= 30 else f"{n} of {d}")
        certain = f"{plain_percent(low)[:-2]} to {plain_percent(high)}"
        assert (certain in "".join(rest)) == (d >= 30)
        assert page.inner_text("#f-said").endswith(
            f", platform {platform}, {family.replace('_', ' ')}: {attribute.replace('_', ' ')} {segment}."
        )
    assert found.wrong == []


def test_funnels_of_a_platform_and_a_segment_are_the_published_ones(opened, report, demo_home_once):
    found = opened(report)
    page = found.page
    rows = published_rows(
        demo_home_once,
        """
        select funnel, cast(period_start as varchar), platform, family || '.' || attribute || '=' || segment,
            list(entered order by step), list(total_interval_low order by step)
        from analytics.platform_segment_funnels
        where attribute in ('status', 'device', 'level') and platform in ('rasa', 'bot_framework', 'dialogflow_cx')
        group by funnel, period_start, platform, family, attribute, segment having max(entered) > 3
        order by max(entered) desc, md5(concat(funnel, period_start, platform, family, attribute, segment)) limit 4
        """,
    )
    assert len(rows) == 4
    for funnel, month, platform, segment, entered, low in rows:
        found.choose(grain="month", platform=platform, segment=segment)
        found.choose(period=month)
        page.evaluate(f"document.querySelector('#chart-funnel-{funnel} details').open = true")
        found.drawn()
        page.wait_for_function(
            f"document.querySelectorAll('#chart-funnel-{funnel} tbody tr').length === {len(entered)}"
        )
        lines = page.locator(f"#chart-funnel-{funnel} tbody tr").all()
        told = [[cell.inner_text() for cell in line.locator("td").all()] for line in lines]
        assert [line[1] for line in told] == [f"{n:,}" for n in entered]
        assert [line[2] for line in told] == [
            (plain_percent(n / entered[0]) if entered[0] >= 30 else f"{n:,} of {entered[0]:,}").replace(
                " %", "\u00a0%"
            )
            for n in entered
        ]
        assert (told[0][3] == "too few for one") == (entered[0] < 30)
        assert entered[0] < 30 or told[-1][3].startswith(plain_percent(low[-1])[:-2])
        assert f"platform {platform}, " in page.inner_text(f"#chart-funnel-{funnel} .caption")
        # The lists beside it are of the platform.
        shown = page.locator(f"#table-read-{funnel} tbody tr:visible").all()
        assert {line.get_attribute("data-platform") for line in shown} <= {platform}
    page.click("#f-reset")
    found.drawn()
    assert (
        page.locator("#table-questions tbody tr:visible").count()
        == page.locator("#table-questions [data-all]").count()
        > 0
    )
    assert found.wrong == []


def test_segments_side_by_side_are_those_of_the_platform(opened, report, demo_home_once):
    found = opened(report)
    page = found.page
    rows = published_rows(
        demo_home_once,
        """
        select segment, numerator, denominator from analytics.platform_segment_metrics
        where metric = 'conversation_rate' and grain = 'month' and platform = 'rasa' and attribute = 'status'
            and period_start = (select max(period_start) from analytics.platform_segment_metrics where grain = 'month') - interval 1 month
        """,
    )
    found.choose(grain="month", platform="rasa")
    found.choose(
        period=sorted(page.eval_on_selector_all("#f-period option", "all => all.map((one) => one.value)"))[-2]
    )
    page.evaluate("document.querySelector('#chart-segments details').open = true")
    found.drawn()
    page.wait_for_function(f"document.querySelectorAll('#chart-segments tbody tr').length === {len(rows)}")
    told = {
        line.locator("td").nth(0).inner_text(): line.locator("td").nth(1).inner_text()
        for line in page.locator("#chart-segments tbody tr").all()
    }
    assert told == {
        segment: (plain_percent(n / d) if d >= 30 else f"{n} of {d}").replace(" %", "\u00a0%")
        for segment, n, d in rows
    }
    assert found.wrong == []


def test_what_is_not_counted_by_all_filters_says_so_in_its_place(opened, report):
    found = opened(report)
    page = found.page
    found.choose(grain="day", platform="rasa")
    found.choose(segment="purchase_history.status=repeat")
    found.drawn()
    assert [page.input_value(f"#f-{name}") for name in ("grain", "platform")] == ["week", "rasa"]
    assert page.evaluate("document.querySelector('#f-grain option').disabled")
    for place, words in (
        ("chart-hours", "All segments"),
        ("chart-sentiment", "All segments"),
        ("table-read-purchase", "Platform rasa. All segments."),
    ):
        assert words in page.inner_text(f"#{place}")
    assert "headline numbers alone" in page.text_content("#all-numbers .fine")
    assert page.locator("#all-numbers .fine").get_attribute("hidden") is None
    # Weeks by segment reach back half a year.
    assert page.locator("#f-period option").count() <= 26
    page.click("#f-reset")
    assert [page.input_value(f"#f-{name}") for name in ("grain", "platform", "segment")] == ["week", "", ""]
    assert not page.evaluate("document.querySelector('#f-grain option').disabled")
