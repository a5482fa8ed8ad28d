"""Outcomes on conversations made by hand: each outcome, each reason, and what a simpler rule gets wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

START = datetime(2026, 3, 2, 10)
GOOD = "user:request bot:answer"


def chat(marts: Marts, key: str, talk: str = GOOD, hours: float = 0, **columns: Any) -> datetime:
    """A conversation of "author:act" words, ten seconds apart, begun `hours` after START; its last moment."""
    at = START + timedelta(hours=hours)
    turn = 0
    for n, (author, act) in enumerate(word.split(":") for word in talk.split()):
        turn += author == "user"
        name, _, act = act.rpartition("/")
        said = {
            "message_key": f"{key}{n}",
            "conversation_key": key,
            "author": author,
            "act": act.removesuffix("!") or None,
            "is_fallback": act.endswith("!"),
            "act_name": name or None,
            "turn_number": turn,
            "sequence": n,
            "sent_at": at + timedelta(seconds=60 * n),
        }
        marts.add("fct_messages", said)
    ended = at + timedelta(seconds=60 * max(len(talk.split()) - 1, 0))
    marts.add("fct_conversations", {"conversation_key": key, "started_at": at, "ended_at": ended, **columns})
    return ended


def event(marts: Marts, key: str, event_type: str, **columns: Any) -> None:
    at = columns.pop("occurred_at", START)
    marts.add(
        "fct_conversation_events",
        {"event_key": key, "conversation_key": key, "event_type": event_type, "occurred_at": at, **columns},
    )


def built(marts: Marts, cut_off: str = "2026-03-20") -> dict[str, dict[str, Any]]:
    if not marts.con.execute("select count(*) from marts.publication").fetchall()[0][0]:
        marts.cut_off(cut_off)
    return {row["conversation_key"]: row for row in marts.build("conversation_outcomes")}


def outcome(marts: Marts, key: str = "a") -> str:
    found = built(marts)[key]
    return found["reason"] or found["outcome"] or found["state"]


def test_states_of_what_is_not_judged(marts: Marts) -> None:
    chat(marts, "open", is_closed=False)
    chat(marts, "unknown", is_closed=None)
    chat(marts, "bounced", engagement="bounced")
    chat(marts, "outbound", talk="bot:greeting", engagement="outbound")
    chat(marts, "judged")
    chat(marts, "young", hours=24)
    found = built(marts, "2026-03-03 10:01")
    assert {key: row["state"] for key, row in found.items()} == {
        **{"open": "open", "unknown": "open", "bounced": "bounced", "outbound": "outbound"},
        **{"judged": "judged", "young": "pending"},
    }
    assert {key for key, row in found.items() if row["outcome"]} == {"judged"}


@pytest.mark.parametrize("kind", ["made", "failed", "requested"])
def test_a_hand_over_of_any_kind_is_escalated_even_with_a_goal(marts: Marts, kind: str) -> None:
    chat(marts, "a", handoff_kind=kind, handoff_at=START)
    event(marts, "a", "success")
    found = built(marts)["a"]
    assert (found["outcome"], found["handoff_kind"], found["is_assisted"]) == (
        "escalated",
        kind,
        kind == "made",
    )


def test_confirmed_by_goal_success_or_positive_feedback_by_then(marts: Marts) -> None:
    for key in ("goal", "late", "success", "thumb"):
        chat(marts, key, "user:request bot:question")
    day = START + timedelta(hours=24)
    marts.add(
        "fct_conversation_goals",
        {"conversation_key": "goal", "goal": "g", "completed_at": day},
        {"conversation_key": "late", "goal": "g", "completed_at": day + timedelta(hours=2)},
    )
    event(marts, "success", "success")
    event(marts, "thumb", "feedback", satisfaction="positive")
    found = built(marts)
    assert {key: row["outcome"] for key, row in found.items()} == {
        **dict.fromkeys(("goal", "success", "thumb"), "resolved_confirmed"),
        "late": "unresolved",
    }


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (GOOD, "resolved_assumed"),
        ("bot:greeting user:request bot:answer", "resolved_assumed"),
        ("user:request bot:question", "abandoned_question"),
        ("user:request! bot:fallback", "abandoned_fallback"),
        ("user:request bot:error", "abandoned_error"),
        ("user:request", "abandoned_unanswered"),
        ("user:request bot:answer user:request", "abandoned_unanswered"),
        ("user:request user:request bot:answer", "other"),
        ("user:request bot:greeting", "other"),
        ("user:request bot:", "other"),
        # Thanks need no answer.
        ("user:request bot:answer user:courtesy", "resolved_assumed"),
        # "Anything else I can help with?" and surveys are skipped, on an answer and on a question.
        ("user:request bot:answer bot:closing bot:survey", "resolved_assumed"),
        ("user:request bot:answer bot:closing user:courtesy bot:closing bot:survey", "resolved_assumed"),
        ("user:request bot:question bot:closing", "abandoned_question"),
        ("user:request bot:survey", "other"),
    ],
)
def test_the_last_act_of_the_bot_decides(marts: Marts, talk: str, expected: str) -> None:
    chat(marts, "a", talk)
    assert outcome(marts) == expected
    if "bot:closing" in talk and expected == "resolved_assumed":
        # The naive rule takes the very last act, "Anything else?", for a question left unanswered.
        assert talk.split()[-1] != "bot:answer"


def test_an_error_without_a_word_of_the_bot_is_one(marts: Marts) -> None:
    chat(marts, "a", "user:request bot:answer user:request")
    event(marts, "a", "error", turn_number=2)
    assert outcome(marts) == "abandoned_error"


def test_messages_typed_in_a_row_wait_for_one_answer(marts: Marts, tmp_path: Path) -> None:
    chat(marts, "a", "user:request user:request bot:answer")
    assert outcome(marts) == "other"
    marts.set('[outcomes]\ntyped_in_a_row = "60s"\n', tmp_path)
    assert outcome(marts) == "resolved_assumed"


def test_a_reply_that_names_its_message_answers_it(marts: Marts) -> None:
    chat(marts, "a", "user:request user:request bot:answer bot:answer")
    assert outcome(marts) == "other"
    marts.con.execute("update marts.fct_messages set reply_to_key = 'a0' where message_key = 'a3'")
    assert outcome(marts) == "resolved_assumed"


def test_a_thumb_down_on_a_clean_answer_is_no_resolution(marts: Marts) -> None:
    chat(marts, "a")
    event(marts, "a", "feedback", satisfaction="negative")
    # Naive: the answer is clean, so it is resolved. A goal or a later thumb up does not mend it.
    assert outcome(marts) == "negative"
    event(marts, "a", "success")
    event(marts, "a", "feedback", satisfaction="positive")
    assert outcome(marts) == "negative"


def test_negative_feedback_counts_until_it_is_judged(marts: Marts) -> None:
    ended = chat(marts, "a")
    event(marts, "a", "feedback", satisfaction="negative", occurred_at=ended + timedelta(hours=24, seconds=1))
    assert outcome(marts) == "resolved_assumed"


@pytest.mark.parametrize(
    ("groups", "hours", "expected"),
    [
        (("track", "track"), 5, "returned"),
        (("track", None), 5, "returned"),
        ((None, "track"), 5, "returned"),
        # Another matter is no failure of the first.
        (("track", "product"), 5, "resolved_assumed"),
        (("track", "track"), 24.1, "resolved_assumed"),
    ],
)
def test_a_return_is_about_the_same_or_an_unknown_matter(
    marts: Marts, groups: tuple[str | None, str | None], hours: float, expected: str
) -> None:
    chat(marts, "a", person_key="p", primary_intent_group=groups[0])
    chat(marts, "b", hours=hours, person_key="p", primary_intent_group=groups[1], platform="bot")
    found = built(marts)
    assert (found["a"]["reason"] or found["a"]["outcome"]) == expected
    assert found["a"]["returned_24h"] is (expected == "returned")
    assert found["a"]["returned_7d"] is (groups != ("track", "product"))
    assert (found["b"]["outcome"], found["b"]["returned_24h"]) == ("resolved_assumed", False)


def test_thanks_after_the_silence_is_no_return(marts: Marts) -> None:
    chat(marts, "a", person_key="p")
    chat(marts, "b", "user:courtesy", 0.6, person_key="p", engagement="bounced", is_chat_engaged=False)
    chat(marts, "c", person_key="q")
    chat(marts, "d", hours=1, person_key="q", is_test=True)
    found = built(marts)
    # Naive: any conversation of the person within 24 hours means that the first one failed.
    assert [found[key]["outcome"] for key in "ac"] == ["resolved_assumed", "resolved_assumed"]
    assert found["b"]["state"] == "bounced"


def test_a_question_whose_asker_came_back_is_returned_not_abandoned(marts: Marts) -> None:
    chat(marts, "a", "user:request bot:question", person_key="p")
    chat(marts, "b", hours=2, person_key="p")
    assert outcome(marts) == "returned"


def test_the_persons_ticket_is_a_return_and_the_crm_is_waited_for(marts: Marts) -> None:
    ended = chat(marts, "a", person_key="p")
    chat(marts, "b", person_key="q")
    marts.add(
        "fct_tickets",
        {"ticket_key": "t", "customer_key": "p", "created_at": ended + timedelta(hours=3)},
        # A ticket from before the end is none.
        {"ticket_key": "u", "customer_key": "q", "created_at": START},
    )
    marts.cut_off("2026-03-20", hubspot="2026-03-02 20:00")
    assert [row["state"] for row in built(marts).values()] == ["pending", "pending"]
    marts.con.execute("update marts.publication set cutoff_at = '2026-03-20'")
    found = built(marts)
    assert (found["a"]["reason"], found["b"]["outcome"]) == ("returned", "resolved_assumed")


def test_who_is_not_known_is_judged_on_the_answer_alone_and_says_so(marts: Marts) -> None:
    chat(marts, "a")
    chat(marts, "b", hours=1)
    found = built(marts)["a"]
    assert (found["outcome"], found["is_return_visible"], found["returned_24h"]) == (
        *("resolved_assumed", False),
        None,
    )


def test_last_nights_chats_wait_for_every_platform(marts: Marts) -> None:
    chat(marts, "a")
    chat(marts, "b", platform="bot", hours=-20)
    marts.cut_off("2026-03-20", rasa="2026-03-20", bot="2026-03-02 18:00")
    # Whether the person of `a` came back through the other bot is not known yet.
    assert {key: row["state"] for key, row in built(marts).items()} == {"a": "pending", "b": "judged"}
    marts.con.execute("update marts.publication set cutoff_at = '2026-03-03 10:01' where source = 'bot'")
    assert {key: row["state"] for key, row in built(marts).items()} == {"a": "judged", "b": "judged"}


GOAL = '[goals.order]\nentered = [{ intent = "buy" }]\ncompleted = [{ order = true }]\n'


def test_orders_are_waited_for_where_a_goal_reads_them(marts: Marts, tmp_path: Path) -> None:
    chat(marts, "a")
    marts.add("fct_orders", {"order_key": "o", "ordered_at": "2026-03-01 10:00"})
    marts.cut_off("2026-03-20", shopify="2026-03-02 12:00")
    assert built(marts)["a"]["state"] == "judged"
    marts.set(GOAL, tmp_path)
    assert built(marts)["a"]["state"] == "pending"


def test_durable_waits_for_its_seven_days(marts: Marts) -> None:
    chat(marts, "a", person_key="p")
    found = built(marts, "2026-03-09 10:00")["a"]
    assert (found["outcome"], found["is_durable_mature"], found["returned_7d"]) == (
        "resolved_assumed",
        False,
        None,
    )
    marts.con.execute("update marts.publication set cutoff_at = '2026-03-09 10:01'")
    found = built(marts)["a"]
    assert (found["is_durable_mature"], found["returned_7d"]) == (True, False)


def test_a_changed_threshold_judges_all_history_anew(marts: Marts, tmp_path: Path) -> None:
    chat(marts, "a", person_key="p")
    chat(marts, "b", hours=30, person_key="p")
    assert outcome(marts) == "resolved_assumed"
    marts.set('[outcomes]\nreturned_within = "36h"\njudged_after = "36h"\n', tmp_path)
    assert outcome(marts) == "returned"
    marts.set('[outcomes]\njudged_after = "60d"\n', tmp_path)
    assert outcome(marts) == "pending"


@pytest.mark.parametrize(
    ("talk", "handoff_minutes", "expected"),
    [
        ("user:request! bot:fallback", None, True),
        ("user:request! bot:fallback user:request bot:question", None, True),
        ("user:request! bot:fallback user:request bot:answer user:request bot:question", None, False),
        # The wish for a human is a turn before the hand-over; what is said to the human is none.
        ("user:request! bot:fallback user:request bot:answer user:request user:request", 2.5, True),
        ("user:request bot:answer user:request bot:answer user:request! user:request", 2.5, False),
        # A fallback that the user got over led to nothing.
        ("user:request! bot:fallback user:request bot:answer", None, False),
    ],
)
def test_fallbacks_before_hand_over_or_abandonment(
    marts: Marts, talk: str, handoff_minutes: float | None, expected: bool
) -> None:
    columns: dict[str, Any] = {}
    if handoff_minutes:
        columns = {"handoff_kind": "made", "handoff_at": START + timedelta(minutes=handoff_minutes)}
    chat(marts, "a", talk, **columns)
    assert built(marts)["a"]["has_ending_fallback"] is expected


def test_times_of_resolution_and_of_the_ticket(marts: Marts, tmp_path: Path) -> None:
    marts.set('[shop]\nbusiness_hours = { days = "mon-fri", from = "09:00", to = "18:00" }\n', tmp_path)
    # Berlin: Monday 11:00. First message a minute after the bot's greeting, answer a minute later.
    chat(marts, "a", "bot:greeting user:request bot:answer bot:closing")
    chat(marts, "b", "user:request bot:answer", person_key="p", handoff_kind="requested", handoff_at=START)
    chat(marts, "c", "user:request bot:question")
    marts.add(
        "fct_tickets",
        # Closed on the next Tuesday at 10:30 local time (summer time does not begin before the 29th).
        {"ticket_key": "t", "customer_key": "p", "created_at": "2026-03-03", "closed_at": "2026-03-10 09:30"},
        {"ticket_key": "u", "customer_key": "p", "created_at": "2026-03-04", "closed_at": "2026-03-05"},
    )
    found = built(marts)
    assert (found["a"]["resolution_seconds"], found["a"]["resolution_business_seconds"]) == (60, 60)
    assert (found["b"]["resolution_seconds"], found["b"]["ticket_close_seconds"]) == (
        None,
        7 * 86400 + 23.5 * 3600,
    )
    # Monday 7 h, Tuesday to Friday 36 h, Monday 9 h, Tuesday 1.5 h.
    assert found["b"]["ticket_close_business_seconds"] == (7 + 36 + 9 + 1.5) * 3600
    assert found["c"]["resolution_seconds"] is None


def test_business_hours_are_unknown_unless_set(marts: Marts) -> None:
    chat(marts, "a")
    assert built(marts)["a"]["resolution_business_seconds"] is None


def test_an_export_without_reply_times_gives_lower_bounds(marts: Marts) -> None:
    chat(marts, "a")
    chat(marts, "b", platform="dialogflow_cx")
    marts.con.execute(
        "update marts.fct_messages set platform = 'dialogflow_cx', sent_at = '2026-03-02 10:00' where conversation_key = 'b'"
    )
    found = built(marts)
    assert [found[key]["is_time_lower_bound"] for key in "ab"] == [False, True]
    assert found["b"]["resolution_seconds"] == 0


def test_the_last_step_is_the_action_else_the_intent_else_the_act(marts: Marts) -> None:
    chat(marts, "a", "user:request bot:utter_ask_size/question bot:utter_bye/closing")
    chat(marts, "b", "user:request bot:question")
    marts.con.execute("update marts.fct_messages set intent = 'buy' where message_key = 'b0'")
    chat(marts, "c", "user:request bot:question")
    assert [row["last_step"] for row in built(marts).values()] == ["utter_ask_size", "buy", "question"]
