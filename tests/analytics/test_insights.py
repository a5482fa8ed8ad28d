"""Findings: when each kind speaks and when it is silent, the correction, the words, keys and order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from handmade_marts import Marts
from handmade_units import Units

from chat_pipeline.analytics.insights import _kinds, _words, insight_key, insight_rows
from chat_pipeline.analytics.insights._chosen import chosen, corrected
from chat_pipeline.analytics.insights._worth import Prices, conversations, money
from chat_pipeline.analytics.insights.kinds import funnel_dropoff, volume_out_of_range
from chat_pipeline.settings import Settings
from chat_pipeline.statistics import Comparison, benjamini_hochberg

# A Tuesday; the last complete week is that of Monday the 22nd.
TODAY = "2026-06-30 10:00"
LAST_WEEK, WEEK_BEFORE = "2026-06-24", "2026-06-17"


def found(marts: Marts) -> list[dict[str, Any]]:
    return sorted(marts.build("insights"), key=lambda row: row["rank"])


def chats(marts: Marts, metric: str, hits: dict[str, int], days: dict[str, int], **columns: Any) -> None:
    """`days[day]` conversations of as many persons, the first `hits[day]` of them with a numerator."""
    for day, size in days.items():
        for n in range(size):
            key = f"{metric}{day}{columns.get('primary_intent', '')}{n}"
            marts.add("fct_conversations", conversation_key=key, started_at=f"{day} 10:00", **columns)
            marts.con.execute(
                "insert into metric_units (metric, unit_key, conversation_key, cluster, started_date, numerator, denominator)"
                " values (?, ?, ?, ?, ?, ?, 1)",
                [metric, key, key, key, day, int(n < hits[day])],
            )


@pytest.fixture
def shop(marts: Marts) -> Marts:
    Units(marts)
    marts.cut_off(TODAY)
    return marts


BEFORE = ("2026-05-20", "2026-05-27", "2026-06-03", "2026-06-10", WEEK_BEFORE)


def test_a_metric_that_fell_is_told_with_its_evidence(shop: Marts) -> None:
    days = {**dict.fromkeys(BEFORE, 40), LAST_WEEK: 40}
    chats(shop, "resolution_rate", {**dict.fromkeys(BEFORE, 32), LAST_WEEK: 12}, days)
    shop.settings = Settings.model_validate({"costs": {"agent_minutes_per_chat": 6, "agent_per_hour": 30}})
    (row,) = found(shop)
    assert (row["kind"], row["severity"], row["dimension"], row["value"]) == (
        "metric_change",
        "warning",
        "all",
        "all",
    )
    assert row["title"] == "Resolution rate fell from 80 % to 30 %"
    assert (row["n"], row["estimate"], row["baseline"], row["weeks_in_a_row"]) == (40, 0.3, 0.8, 1)
    assert row["difference"] == pytest.approx(-0.5)
    assert str(row["first_week"])[:10] == str(row["last_week"])[:10] == "2026-06-22"
    # 0.5 x 40 a week x 52 / 12, each an agent's 6 minutes at 30 an hour.
    assert row["worth_conversations"] == pytest.approx(0.5 * 40 * 52 / 12)
    assert row["worth_money"] == pytest.approx(row["worth_conversations"] * 3)
    assert row["worth_at_least"] == pytest.approx(-row["difference_high"] * 40 * 52 / 12)
    assert row["p"] == row["q"] < 0.05
    read = shop.build("insight_conversations")
    assert len(read) == 20
    assert {r["insight_key"] for r in read} == {row["insight_key"]}
    # Of the last week, and unresolved.
    assert all(f"{LAST_WEEK}" in r["conversation_key"] for r in read)
    assert not {r["conversation_key"] for r in read} & {f"resolution_rate{LAST_WEEK}{n}" for n in range(12)}


def test_better_is_a_notice_without_a_worth(shop: Marts) -> None:
    days = {**dict.fromkeys(BEFORE, 40), LAST_WEEK: 40}
    chats(shop, "fallback_rate", {**dict.fromkeys(BEFORE, 20), LAST_WEEK: 5}, days)
    (row,) = found(shop)
    assert (row["severity"], row["worth_conversations"], row["title"]) == (
        "notice",
        None,
        "Fallback rate fell from 50 % to 12 %",
    )


def test_no_change_few_persons_or_pending_weeks_tell_nothing(shop: Marts) -> None:
    days = {**dict.fromkeys(BEFORE, 40), LAST_WEEK: 40}
    chats(shop, "resolution_rate", dict.fromkeys(days, 30), days)
    chats(
        shop,
        "csat",
        {**dict.fromkeys(BEFORE, 40), LAST_WEEK: 0},
        {**dict.fromkeys(BEFORE, 40), LAST_WEEK: 29},
    )
    chats(shop, "conversation_rate", {**dict.fromkeys(BEFORE, 32), LAST_WEEK: 2}, days)
    shop.con.execute(
        "update metric_units set pending = 1, denominator = 0, numerator = 0 where conversation_key = ?",
        [f"conversation_rate{LAST_WEEK}39"],
    )
    assert found(shop) == []


def test_an_intent_with_many_fallbacks(shop: Marts) -> None:
    weeks = (LAST_WEEK, WEEK_BEFORE)
    chats(shop, "fallback_rate", dict.fromkeys(weeks, 15), dict.fromkeys(weeks, 40), primary_intent="stock")
    chats(shop, "fallback_rate", dict.fromkeys(weeks, 2), dict.fromkeys(weeks, 60), primary_intent="track")
    rows = [row for row in found(shop) if row["kind"] == "intent_trouble"]
    assert [(row["dimension"], row["value"], row["estimate"]) for row in rows] == [
        ("intent", "stock", 30 / 80)
    ]
    assert "'stock' ended in a fallback more often: 38 % against 3.3 %" in rows[0]["title"]
    # The other value of the two asks the same question and is better: it is not told.


def test_an_hour_with_many_hand_overs(shop: Marts) -> None:
    weeks = (LAST_WEEK, WEEK_BEFORE)
    chats(shop, "escalation_rate", dict.fromkeys(weeks, 16), dict.fromkeys(weeks, 20))
    others = ("2026-06-23", "2026-06-16")
    chats(shop, "escalation_rate", dict.fromkeys(others, 6), dict.fromkeys(others, 40))
    rows = [row for row in found(shop) if row["kind"] == "handover_peak"]
    assert [row["value"] for row in rows] == ["3-12"]
    assert rows[0]["title"].startswith("More hand-overs on Wednesdays from 12:00 to 13:00: 80 % ")


def test_questions_are_counted_in_words_under_30(shop: Marts) -> None:
    asked = {"first_asked_at": "2026-06-01 10:00", "last_asked_at": "2026-06-29 10:00"}
    shop.add("fct_conversations", conversation_key="a", started_at="2026-05-31 10:00")
    for key, conversation in (("m", "a"), ("m2", "b"), ("m3", "c")):
        shop.add("fct_messages", message_key=key, conversation_key=conversation)
    shop.add(
        "unanswered_questions",
        {
            "question_key": "often",
            "conversation_count": 12,
            "handoff_count": 6,
            "recent_message_keys": "m,m2",
            **asked,
        },
        {"question_key": "rare", "conversation_count": 4, **asked},
        {"question_key": "one person's", "conversation_count": 40, "person_count": 1, **asked},
        {
            "question_key": "settled",
            "conversation_count": 40,
            "first_asked_at": "2026-04-01",
            "last_asked_at": "2026-05-31",
        },
    )
    (row,) = found(shop)
    assert (row["value"], row["n"], row["p"]) == ("often", 12, None)
    # 12 in 30 days.
    assert row["worth_conversations"] == pytest.approx(12 / 30 * 7 * 52 / 12)
    assert "about half (6 of 12)" in row["text"]
    assert "%" not in row["text"] + row["title"]
    assert "where is it" not in str(row)
    assert [r["conversation_key"] for r in shop.build("insight_conversations")] == ["a", "b"]


def test_a_late_source_and_an_unread_file_come_first(shop: Marts, tmp_path: Path) -> None:
    shop.set('[sources.rasa]\nexpect_every = "2d"\n', tmp_path)
    shop.con.execute("delete from marts.publication")
    shop.con.execute(
        "insert into marts.publication values ('', null, '2026-06-30 10:00', '2026-06-30 10:00'),"
        " ('rasa', 'default', '2026-06-20 10:00', '2026-06-20 10:00')"
    )
    shop.add("source_files", source="ga4", path="a.csv", state="held")
    days = {**dict.fromkeys(BEFORE, 40), LAST_WEEK: 40}
    chats(shop, "resolution_rate", {**dict.fromkeys(BEFORE, 32), LAST_WEEK: 12}, days)
    rows = found(shop)
    assert [(row["kind"], row["metric"], row["value"]) for row in rows] == [
        ("data_problem", "late_source", "rasa/default"),
        ("data_problem", "unused_files", "ga4/default"),
        ("metric_change", "resolution_rate", "all"),
    ]
    assert "10.0 days old; settings expect data every 2.0 days" in rows[0]["text"]


def test_of_each_kind_only_the_most_worth(shop: Marts) -> None:
    shop.settings = Settings.model_validate({"insights": {"most_per_kind": 2}})
    asked = {"first_asked_at": "2026-06-01 10:00", "last_asked_at": "2026-06-29 10:00"}
    shop.add("fct_conversations", conversation_key="a", started_at="2026-05-31 10:00")
    for count in (7, 9, 8):
        shop.add("unanswered_questions", question_key=f"q{count}", conversation_count=count, **asked)
    assert [(row["rank"], row["value"]) for row in found(shop)] == [(1, "q9"), (2, "q8")]
    assert found(shop) == found(shop)


def a_test(value: str = "x", p: float = 0.001, **changes: Any) -> _kinds.Tested:
    made = _kinds.Tested(
        kind="segment_worse", metric="resolution_rate", shape="rate", dimension="own.s", value=value, n=100, rest_n=400,
        estimate=0.65, baseline=0.7, interval=(0.6, 0.7), comparison=Comparison(-0.05, -0.08, -0.02), p=p, weeks=4,
        first_week=date(2026, 6, 1), last_week=date(2026, 6, 22), is_two_valued=False,
    )  # fmt: skip
    return replace(made, **changes)


def told(*runs: list[_kinds.Tested], **rules: Any) -> list[tuple[str, int]]:
    """Value and weeks in a row of what is told of these runs, the newest first."""
    compared: Any = SimpleNamespace(
        run=lambda ago: runs[ago] if ago < len(runs) else [], kinds=_kinds.tested_kinds()
    )
    settings = Settings.model_validate({"insights": rules})
    return [(test.value, weeks) for test, _, weeks in chosen(compared, settings)]


def test_a_small_difference_waits_for_the_second_week() -> None:
    assert told([a_test()], []) == []
    assert told([a_test()], [a_test()]) == [("x", 2)]
    assert told([a_test()], [a_test()], [a_test()], [], [a_test()]) == [("x", 3)]
    # The other way round the week before, or not significant then: it has not held.
    assert told([a_test()], [a_test(comparison=Comparison(0.05, 0.02, 0.08))]) == []
    assert told([a_test()], [a_test(p=0.2)]) == []
    assert told([a_test()], weeks_in_a_row=1) == [("x", 1)]


def test_a_large_difference_does_not_wait() -> None:
    large = Comparison(-0.1, -0.15, -0.05)
    assert told([a_test(comparison=large)]) == [("x", 1)]
    assert told([a_test(comparison=large)], least_points=11) == []
    # A quarter of 200 seconds.
    slow = {"shape": "seconds", "metric": "average_resolution_time", "baseline": 200.0, "estimate": 250.0}
    assert told([a_test(comparison=Comparison(50, 20, 80), **slow)]) == [("x", 1)]
    assert told([a_test(comparison=Comparison(49, 20, 80), **slow)]) == []


def test_better_segments_are_not_told_and_all_tests_are_corrected_together() -> None:
    better = a_test("better", comparison=Comparison(0.2, 0.1, 0.3))
    assert told([better]) == []
    crowd = [a_test(f"v{n}", 0.5) for n in range(98)]
    run = [a_test("a", 0.0004), a_test("b", 0.002), *crowd]
    qs = {test.value: q for test, q in corrected(run)}
    assert [qs["a"], qs["b"]] == pytest.approx(benjamini_hochberg([t.p for t in run])[:2])
    assert told(run, run) == [("a", 2)]
    # Both values of a two-valued attribute are one test.
    two = [a_test("m", 0.04, is_two_valued=True), a_test("d", 0.04, is_two_valued=True)]
    assert [q for _, q in corrected([*two, a_test("z", 0.9)])] == pytest.approx([0.08, 0.08, 0.9])


def test_the_worth_has_the_formula_of_the_description() -> None:
    one = a_test()
    assert conversations(one) == pytest.approx((0.05 * 25 * 52 / 12, 0.02 * 25 * 52 / 12))
    # An interval that holds 0 promises nothing.
    assert conversations(a_test(comparison=Comparison(-0.05, -0.11, 0.01)))[1] == 0.0
    assert conversations(a_test(shape="seconds")) == (None, None)
    settings = Settings.model_validate({"goals": {"buy": {"completed": [{"order": True}]}}})
    prices = Prices(order=50.0, agent=3.0)
    monthly = conversations(one)[0]
    assert monthly is not None
    assert money(one, settings, prices) == pytest.approx(3 * monthly)
    assert money(a_test(metric="goal_completion_rate:buy"), settings, prices) == pytest.approx(50 * monthly)
    assert money(a_test(metric="csat"), settings, prices) is None
    assert money(one, settings, Prices(None, None)) is None


def test_words_under_30_and_percentages_from_there() -> None:
    assert [_words.share(k, 29) for k in (0, 3, 14, 29)] == [
        "none (0 of 29)", "few (3 of 29)", "about half (14 of 29)", "all (29 of 29)",
    ]  # fmt: skip
    assert [_words.share(k, 30) for k in (1, 15)] == ["3.3 %", "50 %"]
    assert _words.share(0, 0) == "none of none"


def test_keys_are_the_same_every_night_and_tell_apart() -> None:
    assert insight_key("a", "b", "c", "d") == "c6cce423a05e82c09a6c06e51cf5ac4e"
    assert insight_key("a", "b", "cd", "") != insight_key("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("metric", "verdict", "advice"),
    [
        ("resolution_rate", "higher", "Keep 'new'"),
        ("csat_negative_share", "higher", "Drop 'new'"),
        ("escalation_close_time", "lower", "Keep 'new'"),
        ("conversation_volume", "higher", "Judge whether that is better"),
        ("resolution_rate", "no_difference_shown", "Choose by other reasons"),
    ],
)
def test_what_an_experiment_advises(shop: Marts, metric: str, verdict: str, advice: str) -> None:
    shop.build("insights")
    shop.con.execute(
        "insert into analytics.experiment_results by name select 'greeting' as experiment, true as is_primary, 'z' as test,"
        " 'new' as arm, 'old' as baseline_arm, 20 as units, 15 as numerator, 20 as denominator, 9 as baseline_numerator,"
        " 20 as baseline_denominator, 0.75 as value, 0.45 as baseline_value, 0.3 as difference, 0.01 as p,"
        " 0.02 as p_adjusted, ? as metric, ? as verdict",
        [metric, verdict],
    )
    (row,) = insight_rows(shop.con, shop.settings)
    assert row["advice"].startswith(advice)
    assert (row["kind"], row["severity"], row["q"]) == ("experiment_verdict", "notice", 0.02)
    assert row["text"].startswith(
        "about three quarters (15 of 20) with 'new', about half (9 of 20) with 'old'."
    )


def test_every_kind_is_found_and_named_after_its_module() -> None:
    folder = Path(_kinds.kinds.__path__[0])
    assert {kind.name for kind in _kinds.discover_kinds()} == {p.stem for p in folder.glob("[!_]*.py")}


def test_a_step_that_an_account_never_shows_is_no_drop_off() -> None:
    """Two platforms begin the funnel, one's export never shows step 2, only a visit does: the other's entries alone are asked for it."""
    con = duckdb.connect()
    con.execute("create schema analytics")
    con.execute("""
        create table analytics.funnel_entries as
        select 'f' as funnel, platform || n as entry_key, platform, 'default' as instance, step, 'step ' || step as step_name,
            false as is_optional, platform || n as entry_conversation_key, platform || n as conversation_key,
            platform || n as cluster, date '2026-06-24' as entered_date, 'dropped' as state, last_step,
            case when platform = 'blind' and step = 2 then 'web_event' else 'event' end as record_kind
        from (values ('shows', 1, 1), ('shows', 2, 2), ('blind', 1, 1), ('blind', 2, 2)) as t (platform, n, last_step)
        cross join (select unnest([1, 2]) as step) as steps
        where step <= last_step
    """)
    asked = con.execute(
        f"select unit_key, numerator from ({funnel_dropoff.steps(Settings())}) as units order by 1"
    ).fetchall()
    assert asked == [("fshows1", 0), ("fshows2", 1)]


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ({"2026-06-24": 4.0}, []),
        ({"2026-06-24": 4.0, "2026-06-26": -4.0}, []),
        ({"2026-06-24": -4.0, "2026-06-26": -3.5}, ["all: low"]),
        ({"2026-06-24": 7.0}, ["all: high"]),
        ({"2026-06-10": 9.0}, []),
    ],
)
def test_volume_is_told_twice_or_far_out_of_range(days: dict[str, float], told: list[str]) -> None:
    con = duckdb.connect()
    con.execute("create schema analytics")
    con.execute("""
        create table analytics.volume_flags as
        select 'conversation_volume' as metric, 'day' as grain, 'all' as dimension, 'all' as dimension_value,
            cast(day as date) as period_start, 40 as conversations, 40.0 as expected, 0.0 as spreads_off, 'usual' as flag
        from generate_series(timestamp '2026-06-01', timestamp '2026-06-29', interval 1 day) as t (day)
    """)
    for day, off in days.items():
        con.execute(
            "update analytics.volume_flags set spreads_off = ?, flag = ?, conversations = 40 + 5 * ? where period_start = ?",
            [off, "high" if off > 0 else "low", off, day],
        )
    found = volume_out_of_range.findings(con, Settings())
    assert [finding.value for finding in found] == told
    if told == ["all: low"]:
        assert found[0].told.title == "Far fewer conversations than usual: 42 instead of 80"
