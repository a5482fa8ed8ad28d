"""What the demo's conversations are about and how they go: topics, what is solved, who is handed over, ratings.

Adds columns to the frame of `talks.py`. Without effects every chance is the same for all conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.chance import ZONE, pick
from chat_pipeline.demo.scenarios import TOPICS

if TYPE_CHECKING:
    import pandas as pd

# What being led through order tracking adds to the chance that the bot finds the order.
GUIDED_EFFECT = 0.10
V13_EFFECT = 0.04
# Chance that a question is answered whose asker comes back within the day.
RETURNING = 0.3
FLAT = 0.83


def chance_of_answer(topic: str, v13: bool, guided: bool, effects: bool) -> float:
    """By design: how often the bot can answer a question of a person who doesn't come back within the day."""
    if not effects:
        return FLAT
    raised = V13_EFFECT * v13 + GUIDED_EFFECT * (guided and topic == "track_order")
    return min(TOPICS[topic][1] + raised, 0.99)


def add_topics(rng: np.random.Generator, talks: pd.DataFrame, effects: bool) -> None:
    """Up to three topics, and for each whether it was understood at once and solved."""
    count = len(talks)
    shares = [share for share, _ in TOPICS.values()]
    number = rng.choice([0, 1, 2, 3], count, p=[0.09, 0.62, 0.22, 0.07])
    chances = {(t, v, g): chance_of_answer(t, v, g, effects) for t in TOPICS for v in (0, 1) for g in (0, 1)}
    for place in (1, 2, 3):
        topic = pick(rng, tuple(TOPICS), count, shares)
        if place == 1:
            again = (talks.follows >= 0).to_numpy()
            topic[again] = topic[talks.follows[again]]
        for earlier in range(1, place):
            topic[topic == talks[f"topic{earlier}"]] = ""
        topic[number < place] = ""
        talks[f"topic{place}"] = topic
        known = zip(topic, talks.v13.astype(int), talks.guided.astype(int), strict=True)
        chance = np.array([chances[key] if key[0] else 1.0 for key in known])
        if place == 1 and effects:
            lost = RETURNING + GUIDED_EFFECT * (talks.guided & (topic == "track_order"))
            chance = np.where(talks.has_return & (topic != ""), lost, chance)
        talks[f"solved{place}"] = rng.random(count) < chance
        misses = np.where(talks.v13 & effects, 0.10, 0.14)
        talks[f"misunderstood{place}"] = (topic != "") & (rng.random(count) < misses)
    topics = talks[["topic1", "topic2", "topic3"]]
    talks["has_topic"] = talks.topic1 != ""
    talks["solved"] = talks.solved1 & talks.solved2 & talks.solved3
    buying = np.where(talks.v13 & effects, 0.62, 0.52)
    talks["buys"] = (topics == "buy_product").any(axis=1) & (rng.random(count) < buying)
    talks["asks_product"] = topics.isin(["product_info", "stock"]).any(axis=1)
    talks["complains"] = (topics == "complaint").any(axis=1)


def add_course(rng: np.random.Generator, talks: pd.DataFrame, effects: bool) -> None:
    """How it opens and ends: lost in fallbacks, handed over or not, thanked, rated, left unanswered, given up."""
    count = len(talks)
    opening = pick(rng, ("open_payload", "open_greeting", ""), count, (0.36, 0.36, 0.28))
    opening[(opening == "") & ~talks.has_topic] = "open_greeting"
    opening[~talks.has_topic & (rng.random(count) < 0.3)] = "open_outbound"
    talks["opening"] = opening
    talks["lost"] = talks.has_topic & (rng.random(count) < 0.05)
    talks["unanswered"] = talks.has_topic & (rng.random(count) < 0.02)
    chance = np.where(talks.lost, 0.4, np.where(talks.complains, 0.35, np.where(talks.solved, 0.02, 0.3)))
    talks["handed_over"] = talks.has_topic & (rng.random(count) < (chance if effects else 0.09))
    local = talks.started_at.dt.tz_localize("UTC").dt.tz_convert(ZONE)
    staffed = (local.dt.weekday < 5) & local.dt.hour.between(9, 17)
    joining = np.where(staffed, 0.8, 0.05) if effects else 0.45
    # Dialogflow's log ends where a person takes over.
    talks["agent_joins"] = (
        talks.handed_over & (rng.random(count) < joining) & (talks.platform != "dialogflow_cx")
    )
    talks["refused"] = talks.has_topic & ~talks.handed_over & (rng.random(count) < 0.02)
    ends_well = talks.has_topic & ~talks.lost & ~talks.handed_over & ~talks.refused
    talks["farewell"] = ends_well & (rng.random(count) < 0.5)
    talks["says_goodbye"] = ends_well & ~talks.farewell & (rng.random(count) < 0.15)
    talks["gives_up"] = ends_well & ~talks.farewell & (rng.random(count) < 0.2)
    asked = talks.has_topic & ~talks.lost & ~talks.gives_up
    asking = np.where(talks.handed_over & effects, 0.3, 0.5)
    talks["is_asked"] = asked & (rng.random(count) < asking)
    talks["is_rated"] = talks.is_asked & (rng.random(count) < 0.5)
    mood = (
        np.where(talks.solved, 4.3, 2.5)
        - 0.8 * talks.misunderstood1
        - 1.0 * talks.handed_over
        + 0.1 * talks.v13
    )
    noise = rng.normal(0, 0.8, count)
    talks["rating"] = np.clip(np.rint((mood if effects else 3.9) + noise), 1, 5).astype(int)
    talks["taps"] = rng.random(count) < 0.7
    # Giving up midway hits the longer matters: without effects nobody does.
    talks["cut"] = np.where(talks.gives_up & effects, rng.uniform(0.3, 0.9, count), 1.0)
