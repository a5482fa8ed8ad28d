"""Freshness of the sources, remarks on days, names that settings make nothing of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from handmade_marts import Marts

LOADED = "2026-03-10 04:00"


def reach(marts: Marts, source: str, cutoff: str, instance: str = "default") -> None:
    marts.add(
        "publication", {"source": source, "instance": instance, "cutoff_at": cutoff, "loaded_at": LOADED}
    )


@pytest.fixture
def shop(marts: Marts) -> Marts:
    marts.add(
        "publication", {"source": "", "instance": "", "cutoff_at": "2026-03-09 20:00", "loaded_at": LOADED}
    )
    return marts


def test_a_source_is_late_when_it_is_older_than_settings_expect(shop: Marts, tmp_path: Path) -> None:
    shop.set('[sources.rasa]\nexpect_every = "2d"\n[sources.ga4]\nexpect_every = "2d"\n', tmp_path)
    reach(shop, "rasa", "2026-03-08 03:59")
    reach(shop, "ga4", "2026-03-08 04:00")
    reach(shop, "hubspot", "2020-01-01")
    rows = {row["source"]: row for row in shop.build("source_freshness")}
    assert {name: row["is_stale"] for name, row in rows.items()} == {
        "rasa": True,
        "ga4": False,
        "hubspot": False,
    }
    assert rows["ga4"]["behind_hours"] == 48
    assert rows["ga4"]["kind"] == "web"


def test_a_source_that_ended_is_not_late(shop: Marts, tmp_path: Path) -> None:
    shop.set('[sources.rasa]\nexpect_every = "2d"\nretired_on = 2026-03-01\n', tmp_path)
    reach(shop, "rasa", "2026-03-01 10:00")
    (row,) = shop.build("source_freshness")
    assert (row["is_retired"], row["is_stale"]) == (True, False)


def test_sources_without_files_and_settings_are_no_row(shop: Marts) -> None:
    marts = shop
    marts.add("publication", {"source": "intercom", "instance": "default"})
    marts.add(
        "source_files",
        {"path": "a", "table_name": "events", "read_rows": 90, "quarantined_rows": 9},
        {"path": "a", "table_name": "more", "read_rows": 10},
        {"path": "b", "state": "held"},
        {"path": "c", "state": "unreadable"},
    )
    (row,) = marts.build("source_freshness")
    assert row["source"] == "rasa"
    assert (row["files_loaded"], row["files_held"], row["files_unreadable"]) == (1, 1, 1)
    assert (row["read_rows"], row["quarantined_share"]) == (100, 0.09)


def test_remarks_come_from_settings_and_from_the_data(shop: Marts, tmp_path: Path) -> None:
    text = '[[annotations]]\nfrom = 2026-03-03\nto = 2026-03-04\nkind = "outage"\ntext = "Shop\'s down"\n'
    shop.set(2 * text + '[sources.rasa]\nexpect_every = "12h"\n', tmp_path)
    reach(shop, "rasa", "2026-03-08 10:00")
    shop.add(
        "fct_conversations",
        {"conversation_key": "a", "bot_version": "v1", "started_at": "2026-03-01 10:00"},
        {"conversation_key": "b", "bot_version": "v2", "started_at": "2026-03-06 23:30"},
        {"conversation_key": "t", "bot_version": "v3", "started_at": "2026-03-05 10:00", "is_test": True},
    )
    shop.add(
        "source_files",
        {"path": "x", "state": "held", "delivered_at": "2026-03-07 05:00"},
        {"path": "y", "state": "held", "delivered_at": "2026-03-07 06:00"},
        {"path": "z", "delivered_at": "2026-03-07 06:00"},
    )
    found = [
        (r["from_date"], r["to_date"], r["kind"], r["text"], r["origin"]) for r in shop.build("annotations")
    ]
    day = [date(2026, 3, n) for n in range(1, 11)]
    assert found == [
        (day[2], day[3], "outage", "Shop's down", "settings"),
        # 23:30 UTC is the next day in Berlin.
        (day[6], day[6], "bot_version", "first conversation with bot version v2", "automatic"),
        (day[6], day[6], "held_file", "2 files of rasa delivered on this day: held", "automatic"),
        (day[7], day[8], "late_source", "data of rasa end here; expected every 12 hours", "automatic"),
    ]


def test_names_that_settings_make_nothing_of(shop: Marts, tmp_path: Path) -> None:
    shop.set('[signals.handoff]\nrasa = { actions = ["action_human"] }\n', tmp_path)
    shop.add("fct_conversations", {"conversation_key": "a"}, {"conversation_key": "b"})
    for n, (key, name) in enumerate(
        [("a", "action_human"), ("a", "utter_hi"), ("b", "utter_hi"), ("a", "rare")]
    ):
        shop.add(
            "fct_conversation_events",
            {"event_key": str(n), "conversation_key": key, "kind": "action", "name": name},
        )
    shop.add(
        "fct_web_events", {"web_event_key": "w", "event_name": "page_view", "occurred_at": "2026-03-01 10:00"}
    )
    rows = shop.build("unmapped_signals")
    assert {r["name"]: (r["conversations"], r["conversation_share"], r["place"]) for r in rows} == {
        "utter_hi": (2, 1.0, 1),
        "rare": (1, 0.5, 2),
    }
