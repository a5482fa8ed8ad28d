"""Who talks to which bot when and about what: one row per conversation, before a word is said.

`make_talks` gives the conversations (`c`, oldest first) with their thread, channel, language, topics
and flags. The words come in `talk.py`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.chance import hexes, local_times, pick, stream
from chat_pipeline.demo.trials import SLOT_PLATFORMS, add_arms

if TYPE_CHECKING:
    import pandas as pd

# Which bot answers a customer of a language, in shares by language.
BOTS = (
    ("rasa", "default"),
    ("rasa", "de"),
    ("bot_framework", "default"),
    ("chat_table", "default"),
    ("dialogflow_cx", "default"),
    ("intercom", "default"),
    ("zendesk_chat", "default"),
)
BOT_SHARES = {
    "de": (0.20, 0.22, 0.16, 0.10, 0.14, 0.10, 0.08),
    "en": (0.42, 0.0, 0.18, 0.08, 0.15, 0.10, 0.07),
    "fr": (0.46, 0.0, 0.14, 0.08, 0.16, 0.09, 0.07),
}
CHANNELS = {
    "rasa": (("socketio", "facebook", "rest"), (0.82, 0.08, 0.10)),
    "bot_framework": (("webchat", "facebook"), (0.85, 0.15)),
    "chat_table": (("web",), (1.0,)),
    "dialogflow_cx": (("DF_MESSENGER",), (1.0,)),
    "intercom": (("conversation",), (1.0,)),
    "zendesk_chat": (("chat",), (1.0,)),
}
WEB_CHANNELS = ("socketio", "webchat", "web", "DF_MESSENGER", "conversation", "chat")
# These know no user beyond the visit.
VISIT_PLATFORMS = ("chat_table", "dialogflow_cx")
# A thread that comes back sooner would run into the last conversation next to an agent's message.
LEAST_GAP = np.timedelta64(27, "h")
# Share of conversations after which the same person comes back within a day.
RETURNS = 0.06
DAY = 86_400


def make_talks(
    seed: int,
    count: int,
    people: pd.DataFrame,
    devices: pd.DataFrame,
    end: date,
    days: int,
    effects: bool = True,
) -> pd.DataFrame:
    """One row per conversation. `count` of them, starting in the `days` local days up to `end`.

    `effects`: whether what a conversation is about, who holds it, when and on what bot changes how it goes.
    """
    import pandas as pd

    from chat_pipeline.demo.courses import add_course, add_topics

    rng = stream(seed, "talks")
    weights = people.chat_weight.to_numpy()
    growth = 0.4 if effects else 0.0
    talks = pd.DataFrame(
        {
            "n": rng.choice(len(people), count, p=weights / weights.sum()),
            "started_at": local_times(rng, count, end - timedelta(days=days - 1), days, growth),
        }
    )
    talks = _with_returns(rng, talks)
    talks["language"] = people.language.to_numpy()[talks.n]
    _add_bots(rng, talks, effects)
    _add_threads(rng, talks)
    add_arms(rng, talks, end, days)
    _add_person(rng, talks, people, devices)
    add_topics(rng, talks, effects)
    add_course(rng, talks, effects)
    return talks


def _with_returns(rng: np.random.Generator, talks: pd.DataFrame) -> pd.DataFrame:
    """With `c`, and `follows`: the conversation after which this one's person came back within a day, or -1."""
    count = len(talks)
    early = talks.started_at < talks.started_at.max() - np.timedelta64(2 * DAY, "s")
    chosen = rng.permutation(np.flatnonzero(early))[: 2 * int(count * RETURNS)]
    first, second = np.array_split(chosen, 2)
    second = second[: len(first)]
    first = first[: len(second)]
    gap = (rng.uniform(3 / 24, 22 / 24, len(first)) * DAY * 1e6).astype("timedelta64[us]")
    started = talks.started_at.to_numpy().copy()
    started[second] = started[first] + gap
    n = talks.n.to_numpy().copy()
    n[second] = n[first]
    order = np.argsort(started, kind="stable")
    place = np.empty(count, int)
    place[order] = np.arange(count)
    follows = np.full(count, -1)
    follows[place[second]] = place[first]
    found = talks.iloc[order].reset_index(drop=True)
    found["started_at"], found["n"] = started[order], n[order]
    return found.assign(
        c=np.arange(count), follows=follows, has_return=np.isin(np.arange(count), place[first])
    )


def _add_bots(rng: np.random.Generator, talks: pd.DataFrame, effects: bool) -> None:
    # Platforms show different things: without effects they are equally spread over the languages.
    shares_of = BOT_SHARES if effects else dict.fromkeys(BOT_SHARES, BOT_SHARES["de"])
    talks["platform"] = ""
    talks["instance"] = ""
    talks["channel"] = ""
    for language, shares in shares_of.items():
        rows = talks.index[talks.language == language]
        chosen = rng.choice(len(BOTS), len(rows), p=np.array(shares) / sum(shares))
        talks.loc[rows, "platform"] = np.array([bot[0] for bot in BOTS], object)[chosen]
        talks.loc[rows, "instance"] = np.array([bot[1] for bot in BOTS], object)[chosen]
    for platform, (channels, shares) in CHANNELS.items():
        rows = talks.index[talks.platform == platform]
        talks.loc[rows, "channel"] = pick(rng, channels, len(rows), shares)
    again = (talks.follows >= 0) & (rng.random(len(talks)) < 0.75)
    same = ["platform", "instance", "channel"]
    talks.loc[again, same] = talks.loc[talks.follows[again], same].to_numpy()
    # The shop's own people trying the bot from a terminal.
    rasa = rng.permutation(np.flatnonzero(talks.platform == "rasa"))
    trying = talks.index.isin(rasa[: 1 + len(rasa) // 150])
    talks.loc[trying, "channel"] = "cmdline"
    talks["is_test"] = trying


def _add_threads(rng: np.random.Generator, talks: pd.DataFrame) -> None:
    """`user`: the platform's id of the user; `thread_id`: its conversation id; both new where not kept."""
    import pandas as pd

    count = len(talks)
    fresh = hexes(rng, count)
    first_of = talks.groupby(["n", "platform", "instance", "channel"]).c.transform("min").to_numpy()
    keeps = (rng.random(count) < 0.7)[first_of] & ~talks.platform.isin(VISIT_PLATFORMS).to_numpy()
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
    # Zendesk's chat ids and Intercom's conversation ids are new each time, as is a visit to the other widgets.
    ids = {
        "rasa": talks.user,
        "chat_table": "CT-" + (100_001 + talks.c).astype(str),
        "dialogflow_cx": talks.user,
        "intercom": (215_470_000_000 + talks.c * 7).astype(str),
        "zendesk_chat": "2611.10414779." + pd.Series(fresh).str[:13],
    }
    visit = np.where(
        talks.channel == "facebook", "fb-" + talks.user.str[:16] + "-10483", "v" + _visits(fresh) + "-eu"
    )
    talks["thread_id"] = np.select([talks.platform == name for name in ids], list(ids.values()), visit)
    talks.loc[talks.platform == "bot_framework", "user"] = "dl_" + talks.user.str[:20]
    talks.loc[talks.platform == "intercom", "user"] = talks.user.str[:24]
    talks.loc[talks.platform == "zendesk_chat", "user"] = "10414779." + talks.user.str[:13]


def _visits(fresh: np.ndarray) -> np.ndarray:
    """Conversation ids of a visit: other digits of the fresh ids than the user's."""
    return np.array([text[12:32] for text in fresh], object)


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
    hears = talks.platform.isin(SLOT_PLATFORMS) & ~talks.is_test
    comes_back = talks.has_return | (talks.follows >= 0)
    talks["login"] = person.user_id.notna() & ((rng.random(count) < 0.5) | comes_back) & ~talks.is_test
    talks["user_id"] = person.user_id.where(talks.login, None)
    talks["client_id"] = devices.client_id.to_numpy()[talks.device_row.clip(lower=0)]
    talks["client_id"] = talks.client_id.where(has_device, None)
    talks["tells_client"] = hears & has_device & (rng.random(count) < 0.6)
    talks["ga_cid"] = np.where(rng.random(count) < 0.5, "GA1.1.", "") + talks.client_id.fillna("")
    second = person.email2.notna() & (rng.random(count) < 0.25)
    typed = person.email2.where(second, person.email)
    talks["email"] = typed.where(rng.random(count) > 0.1, typed.str.capitalize())
    talks["phone"] = person.phone
    tells_email, tells_phone = rng.random(count) < 0.55, rng.random(count) < 0.4
    talks["types_email"] = hears & tells_email
    talks["types_phone"] = hears & tells_phone
    # Before the talk a form asks; the help desk knows who is logged in by the account's address.
    formal = talks.platform == "zendesk_chat"
    helped = talks.platform == "intercom"
    talks["form_email"] = talks.email.where(formal & tells_email, None)
    talks["form_phone"] = talks.phone.where(formal & tells_phone, None)
    talks["desk_email"] = person.email.where(talks.login, talks.email.where(tells_email, None)).where(
        helped, None
    )
