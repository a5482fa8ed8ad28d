"""Funnels by platform and segment at once, on marts made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

FUNNEL = """
[funnels.buy]
unit = "conversation"
window = "24h"
steps = [{ name = "look", intent = "product_*" }, { name = "order", order = true }]
"""
COUNTS = ("entered", "converted", "open")


def buys(marts: Marts) -> None:
    """Chats of two months on two platforms by web, app and neither, every third of which orders; a visit of somebody."""
    for n in range(40):
        at = f"2026-0{2 + n % 2}-{10 + n % 15} 10:00"
        platform, channel = ("bot", "rasa")[n % 5 > 1], ("web", "app", None)[n % 3]
        row = {"conversation_key": f"c{n}", "started_at": at, "ended_at": at, "platform": platform}
        marts.add("fct_conversations", {**row, "channel": channel, "customer_key": f"p{n % 17}"})
        marts.add(
            "fct_messages",
            {"message_key": f"m{n}", "conversation_key": f"c{n}", "sent_at": at, "intent": "product_info"},
        )
        if n % 3 == 0:
            order = {
                "order_key": f"o{n}",
                "ordered_at": at.replace(":00", ":30"),
                "customer_key": f"p{n % 17}",
            }
            marts.add("fct_orders", order)
    marts.cut_off("2026-05-05 12:00")


def built(marts: Marts, name: str) -> list[dict[str, Any]]:
    """Rows of our funnel, of the newest entries."""
    marts.build("funnel_entries")
    return [row for row in marts.build(name) if row["funnel"] == "buy"]


@pytest.fixture
def shop(marts: Marts, tmp_path: Path) -> Marts:
    marts.set(FUNNEL, tmp_path)
    buys(marts)
    return marts


def summed(rows: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], list[int]]:
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        kept = found.setdefault(tuple(row[name] for name in names), [0, 0, 0])
        for at, name in enumerate(COUNTS):
            kept[at] += row[name]
    return found


def test_both_at_once_add_up_to_each_alone(shop: Marts) -> None:
    alone = [row for row in built(shop, "funnel_steps") if row["grain"] == "month"]
    rows = [
        row
        for row in built(shop, "platform_segment_funnels")
        if (row["family"], row["attribute"]) == ("technology", "channel")
    ]
    assert {(row["platform"], row["segment"]) for row in rows} == {
        (platform, segment) for platform in ("bot", "rasa") for segment in ("web", "app", "unknown")
    }
    for name, dimension in (("platform", "platform"), ("segment", "technology.channel")):
        one = [row for row in alone if row["dimension"] == dimension]
        assert summed(rows, "period_start", name, "step") == summed(
            one, "period_start", "dimension_value", "step"
        )
        assert sum(row["entered"] for row in one if row["step"] == 2) > 0


def test_rates_and_times_are_those_of_the_segment_where_there_is_one_platform(shop: Marts) -> None:
    shop.con.execute("update marts.fct_conversations set platform = 'rasa'")
    shown = (
        *(*COUNTS, "total_rate", "total_interval_low", "total_interval_high"),
        *("median_seconds", "is_complete"),
    )
    both = {
        (row["period_start"], row["segment"], row["step"]): [row[name] for name in shown]
        for row in built(shop, "platform_segment_funnels")
        if row["attribute"] == "channel"
    }
    alone = {
        (row["period_start"], row["dimension_value"], row["step"]): [row[name] for name in shown]
        for row in built(shop, "funnel_steps")
        if row["dimension"] == "technology.channel" and row["grain"] == "month"
    }
    assert both == alone
    assert any(row[4] is not None for row in both.values())


def test_months_older_than_the_newest_thirteen_are_left_out(shop: Marts) -> None:
    for month in ("2025-02", "2025-03"):
        at = f"{month}-10 10:00"
        shop.add("fct_conversations", {"conversation_key": month, "started_at": at, "ended_at": at})
        shop.add(
            "fct_messages",
            {"message_key": month, "conversation_key": month, "sent_at": at, "intent": "product_info"},
        )
    months = {str(row["period_start"]) for row in built(shop, "platform_segment_funnels")}
    assert months == {"2025-03-01", "2026-02-01", "2026-03-01"}
