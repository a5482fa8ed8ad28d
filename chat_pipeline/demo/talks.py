"""Who talks to which bot when and about what: one row per conversation, before a word is said.

`make_talks` gives the conversations (`c`, oldest first) with their thread, channel, language, topics
and flags. The words come in `talk.py`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.chance import ZONE, hexes, local_times, pick, stream
from chat_pipeline.demo.scenarios import TOPICS

if TYPE_CHECKING:
    import pandas as pd

# Which bot answers a customer of a language: rasa, rasa of instance de, bot_framework, chat_table.
BOTS = (("rasa", "default"), ("rasa", "de"), ("bot_framework", "default"), ("chat_table", "default"))
BOT_SHARES = {
    "de": (0.25, 0.30, 0.27, 0.18),
    "en": (0.60, 0.0, 0.28, 0.12),
    "fr": (0.75, 0.0, 0.15, 0.10),
}
CHANNELS = {
    "rasa": (("socketio", "facebook", "rest"), (0.82, 0.08, 0.10)),
    "bot_framework": (("webchat", "facebook"), (0.85, 0.15)),
    "chat_table": (("web",), (1.0,)),
}
WEB_CHANNELS = ("socketio", "webchat", "web")
# A thread that comes back sooner would run into the last conversation next to an agent's message.
LEAST_GAP = np.timedelta64(27, "h")
# Shares of the period in which the new greeting was tried against the old one.
TRIAL = (0.4, 0.65)


def trial_dates(end: date, days: int) -> tuple[date, date]:
    """First and last day of the experiment with the two bot versions."""
    first = end - timedelta(days=days - 1)
    return first + timedelta(days=int(days * TRIAL[0])), first + timedelta(days=int(days * TRIAL[1]))


def make_talks(
    seed: int, count: int, people: pd.DataFrame, devices: pd.DataFrame, end: date, days: int
) -> pd.DataFrame:
    """One row per conversation. `count` of them, starting in the `days` local days up to `end`."""
    import pandas as pd

    rng = stream(seed, "talks")
    weights = people.chat_weight.to_numpy()
    talks = pd.DataFrame(
        {
            "c": np.arange(count),
            "n": rng.choice(len(people), count, p=weights / weights.sum()),
            "started_at": local_times(rng, count, end - timedelta(days=days - 1), days),
        }
    )
    talks["language"] = people.language.to_numpy()[talks.n]
    _add_bots(rng, talks)
    _add_threads(rng, talks)
    _add_version(rng, talks, end, days)
    _add_person(rng, talks, people, devices)
    _add_topics(rng, talks)
    _add_course(rng, talks)
    return talks


def _add_bots(rng: np.random.Generator, talks: pd.DataFrame) -> None:
    talks["platform"] = ""
    talks["instance"] = ""
    talks["channel"] = ""
    for language, shares in BOT_SHARES.items():
        rows = talks.index[talks.language == language]
        chosen = rng.choice(len(BOTS), len(rows), p=np.array(shares) / sum(shares))
        talks.loc[rows, "platform"] = np.array([bot[0] for bot in BOTS], object)[chosen]
        talks.loc[rows, "instance"] = np.array([bot[1] for bot in BOTS], object)[chosen]
    for platform, (channels, shares) in CHANNELS.items():
        rows = talks.index[talks.platform == platform]
        talks.loc[rows, "channel"] = pick(rng, channels, len(rows), shares)
    # The shop's own people trying the bot from a terminal.
    trying = (talks.platform == "rasa") & (rng.random(len(talks)) < 0.004)
    talks.loc[trying, "channel"] = "cmdline"
    talks["is_test"] = trying


def _add_threads(rng: np.random.Generator, talks: pd.DataFrame) -> None:
    """`user`: the platform's id of the user; `thread_id`: its conversation id; both new where not kept."""
    count = len(talks)
    fresh = hexes(rng, count)
    first_of = talks.groupby(["n", "platform", "instance", "channel"]).c.transform("min").to_numpy()
    keeps = (rng.random(count) < 0.7)[first_of] & (talks.platform != "chat_table").to_numpy()
    user = np.where(keeps, fresh[first_of], fresh)
    order = np.lexsort((talks.started_at, user))
    started = talks.started_at.to_numpy()[order]
    too_soon = np.r_[False, (user[order][1:] == user[order][:-1]) & (np.diff(started) < LEAST_GAP)]
    soon = np.zeros(count, bool)
    soon[order] = too_soon
    lasts = (talks.platform == "bot_framework") & (talks.channel == "facebook")
    talks.loc[lasts & soon, "channel"] = "webchat"
    renewed = np.where(soon & (talks.platform == "rasa").to_numpy(), fresh, user)
    talks["user"] = renewed
    talks["keeps_user"] = keeps & (renewed == user)
    talks.loc[talks.is_test, "user"] = "default"
    numbers = "CT-" + (100_001 + talks.c).astype(str)
    visit = np.where(
        talks.channel == "facebook", "fb-" + talks.user.str[:16] + "-10483", "v" + _visits(fresh) + "-eu"
    )
    talks["thread_id"] = np.select(
        [talks.platform == "rasa", talks.platform == "chat_table"], [talks.user, numbers], visit
    )
    talks.loc[talks.platform == "bot_framework", "user"] = "dl_" + talks.user.str[:20]


def _visits(fresh: np.ndarray) -> np.ndarray:
    """Conversation ids of a visit: other digits of the fresh ids than the user's."""
    return np.array([text[12:32] for text in fresh], object)


def _add_version(rng: np.random.Generator, talks: pd.DataFrame, end: date, days: int) -> None:
    """Rasa's bot version: v12, then half of the people v13 during the trial, then all."""
    first, last = (np.datetime64(day) for day in trial_dates(end, days))
    in_arm = (rng.random(int(talks.n.max()) + 1) < 0.5)[talks.n]
    day = talks.started_at.to_numpy()
    new = np.where(day < first, False, np.where(day < last + np.timedelta64(1, "D"), in_arm, True))
    talks["v13"] = new
    talks["bot_version"] = np.where(talks.platform == "rasa", np.where(new, "v13", "v12"), None)


def _add_person(
    rng: np.random.Generator, talks: pd.DataFrame, people: pd.DataFrame, devices: pd.DataFrame
) -> None:
    """What the conversation gives away: login, GA client id, typed e-mail or phone; the device used."""
    count = len(talks)
    person = people.loc[talks.n].reset_index(drop=True)
    slots = devices.groupby("n").indices
    draw = rng.random(count)
    device = [
        slots[n][int(r * len(slots[n]))] if n in slots else -1 for n, r in zip(talks.n, draw, strict=True)
    ]
    talks["device_row"] = np.where(talks.channel.isin(WEB_CHANNELS), device, -1)
    has_device = talks.device_row >= 0
    rasa = (talks.platform == "rasa") & ~talks.is_test
    talks["login"] = person.user_id.notna() & (rng.random(count) < 0.5) & ~talks.is_test
    talks["user_id"] = person.user_id.where(talks.login, None)
    talks["client_id"] = devices.client_id.to_numpy()[talks.device_row.clip(lower=0)]
    talks["client_id"] = talks.client_id.where(has_device, None)
    talks["tells_client"] = rasa & has_device & (rng.random(count) < 0.6)
    talks["ga_cid"] = np.where(rng.random(count) < 0.5, "GA1.1.", "") + talks.client_id.fillna("")
    second = person.email2.notna() & (rng.random(count) < 0.25)
    typed = person.email2.where(second, person.email)
    talks["email"] = typed.where(rng.random(count) > 0.1, typed.str.capitalize())
    talks["phone"] = person.phone
    talks["types_email"] = rasa & (rng.random(count) < 0.55)
    talks["types_phone"] = rasa & (rng.random(count) < 0.4)


def _add_topics(rng: np.random.Generator, talks: pd.DataFrame) -> None:
    count = len(talks)
    shares = [share for share, _ in TOPICS.values()]
    number = rng.choice([0, 1, 2, 3], count, p=[0.09, 0.62, 0.22, 0.07])
    for place in (1, 2, 3):
        topic = pick(rng, tuple(TOPICS), count, shares)
        for earlier in range(1, place):
            topic[topic == talks[f"topic{earlier}"]] = ""
        topic[number < place] = ""
        talks[f"topic{place}"] = topic
        chance = np.array([TOPICS[name][1] if name else 1.0 for name in topic])
        talks[f"solved{place}"] = rng.random(count) < np.clip(chance + 0.04 * talks.v13, 0, 0.99)
        talks[f"misunderstood{place}"] = (topic != "") & (rng.random(count) < np.where(talks.v13, 0.10, 0.14))
    topics = talks[["topic1", "topic2", "topic3"]]
    talks["has_topic"] = talks.topic1 != ""
    talks["solved"] = talks.solved1 & talks.solved2 & talks.solved3
    talks["buys"] = (topics == "buy_product").any(axis=1) & (
        rng.random(count) < np.where(talks.v13, 0.62, 0.52)
    )
    talks["asks_product"] = topics.isin(["product_info", "stock"]).any(axis=1)
    talks["complains"] = (topics == "complaint").any(axis=1)


def _add_course(rng: np.random.Generator, talks: pd.DataFrame) -> None:
    """How it opens and ends: lost in fallbacks, handed over, thanked, rated, given up midway."""
    count = len(talks)
    opening = pick(rng, ("open_payload", "open_greeting", ""), count, (0.36, 0.36, 0.28))
    opening[(opening == "") & ~talks.has_topic] = "open_greeting"
    opening[~talks.has_topic & (rng.random(count) < 0.3)] = "open_outbound"
    talks["opening"] = opening
    talks["lost"] = talks.has_topic & (rng.random(count) < 0.05)
    chance = np.where(talks.lost, 0.4, np.where(talks.complains, 0.35, np.where(talks.solved, 0.02, 0.3)))
    talks["handed_over"] = talks.has_topic & (rng.random(count) < chance)
    local = talks.started_at.dt.tz_localize("UTC").dt.tz_convert(ZONE)
    staffed = (local.dt.weekday < 5) & local.dt.hour.between(9, 17)
    talks["agent_joins"] = talks.handed_over & (rng.random(count) < np.where(staffed, 0.8, 0.05))
    ends_well = talks.has_topic & ~talks.lost & ~talks.handed_over
    talks["farewell"] = ends_well & (rng.random(count) < 0.5)
    talks["says_goodbye"] = ends_well & ~talks.farewell & (rng.random(count) < 0.15)
    talks["gives_up"] = ends_well & ~talks.farewell & (rng.random(count) < 0.2)
    asked = talks.has_topic & ~talks.lost & ~talks.gives_up
    talks["is_asked"] = asked & (rng.random(count) < np.where(talks.handed_over, 0.3, 0.5))
    talks["is_rated"] = talks.is_asked & (rng.random(count) < 0.5)
    mood = (
        np.where(talks.solved, 4.3, 2.5)
        - 0.8 * talks.misunderstood1
        - 1.0 * talks.handed_over
        + 0.1 * talks.v13
    )
    talks["rating"] = np.clip(np.rint(mood + rng.normal(0, 0.8, count)), 1, 5).astype(int)
    talks["taps"] = rng.random(count) < 0.7
    talks["cut"] = np.where(talks.gives_up, rng.uniform(0.3, 0.9, count), 1.0)
