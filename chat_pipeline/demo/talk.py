"""The words of the demo's conversations: one row per thing said or done, from the scenarios' blocks.

`make_events` gives a DataFrame (c, seq from 0, told_at in UTC, kind, name, text, confidence); for users
`name` is the intent, for slots `text` is the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.chance import pick, stream
from chat_pipeline.demo.phrases_bot import BOT
from chat_pipeline.demo.phrases_user import USER
from chat_pipeline.demo.scenarios import SCENARIOS
from chat_pipeline.demo.trials import SLOT_PLATFORMS
from chat_pipeline.demo.vocabulary import PRODUCTS

if TYPE_CHECKING:
    import pandas as pd

FLAGS = (
    "v13",
    "login",
    "tells_client",
    "in_trial",
    "types_email",
    "types_phone",
    "solved",
    "buys",
    "agent_joins",
)
PLACEHOLDERS = ("order", "email", "phone", "product", "user_id", "ga_cid", "rating", "arm")
# kind -> (median seconds before it, spread, least, most)
PAUSES = {
    "user": (17.0, 0.8, 4.0, 1200.0),
    "bot": (0.9, 0.4, 0.0, 8.0),
    "agent": (75.0, 0.7, 5.0, 1200.0),
    "action": (0.08, 0.3, 0.0, 1.0),
    "slot": (0.01, 0.3, 0.0, 1.0),
}
# Where the rating is given beside the talk, not in it.
RATED_BESIDE = ("chat_table", "dialogflow_cx", "intercom", "zendesk_chat")


def make_events(seed: int, talks: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Everything said or done in the conversations, in order."""
    rng = stream(seed, "talk")
    events = _steps_of(_blocks(talks))
    events = events.sort_values(["c", "b", "step"], ignore_index=True)
    events["seq"] = events.groupby("c").cumcount()
    length = events.groupby("c").seq.transform("max") + 1
    spoken = events.kind.isin(["user", "bot", "agent"])
    first = events.seq.where(spoken).groupby(events.c).transform("min")
    kept = events.seq < np.maximum(first + 2, np.ceil(length * talks.cut.to_numpy()[events.c]))
    events = events[kept].reset_index(drop=True)
    _add_times(rng, events, talks)
    _add_words(rng, events, talks, orders)
    confidence = np.round(rng.beta(9, 1.3, len(events)), 6)
    tapped = events.text.str.startswith("/")
    events["confidence"] = np.where(tapped, 1.0, np.clip(confidence, 0.35, 0.9999))
    return events[["c", "seq", "told_at", "kind", "name", "text", "confidence"]]


def _blocks(talks: pd.DataFrame) -> pd.DataFrame:
    """One row per conversation and scenario in it: c, b (its place), scenario and the flags."""
    import pandas as pd

    def block(place: int, rows: pd.Series, scenario: object, solved: pd.Series | None = None) -> pd.DataFrame:
        part = talks.loc[rows, ["c", *FLAGS]].assign(b=place)
        # `scenario` is a name, or a column of names.
        part["scenario"] = scenario if isinstance(scenario, str) else talks.loc[rows, scenario.name]
        if solved is not None:
            part["solved"] = solved[rows]
        return part

    speaks = talks.opening != "open_outbound"
    beside = talks.platform.isin(RATED_BESIDE)
    parts = [
        block(0, talks.opening != "", talks.opening),
        block(1, speaks & talks.platform.isin(SLOT_PLATFORMS), "identify"),
        block(70, talks.unanswered, "unanswered"),
        block(80, talks.lost, "lost"),
        block(84, talks.refused, "refused"),
        block(85, talks.handed_over, "handoff"),
        block(90, talks.farewell, "farewell"),
        block(91, talks.says_goodbye, "goodbye"),
        block(95, talks.is_asked & ~beside, "ask_rating"),
        block(96, talks.is_rated & ~beside, "rating"),
    ]
    for place in (1, 2, 3):
        parts.append(block(place * 10 - 1, talks[f"misunderstood{place}"], "misunderstood"))
        parts.append(
            block(place * 10, talks[f"topic{place}"] != "", talks[f"topic{place}"], talks[f"solved{place}"])
        )
    return pd.concat(parts, ignore_index=True)


def _steps_of(blocks: pd.DataFrame) -> pd.DataFrame:
    """The steps of every block whose condition holds."""
    import pandas as pd

    steps = pd.DataFrame(
        [(scenario, place, *step) for scenario, each in SCENARIOS.items() for place, step in enumerate(each)],
        columns=["scenario", "step", "kind", "name", "phrase", "condition"],
    )
    found = blocks.merge(steps, on="scenario")
    holds = np.ones(len(found), bool)
    for condition in steps.condition[steps.condition != ""].unique():
        rows = (found.condition == condition).to_numpy()
        flag = found[condition.lstrip("!")].to_numpy(bool)[rows]
        holds[rows] = ~flag if condition.startswith("!") else flag
    return found.loc[holds, ["c", "b", "step", "kind", "name", "phrase"]]


def _add_times(rng: np.random.Generator, events: pd.DataFrame, talks: pd.DataFrame) -> None:
    import pandas as pd

    pause = np.zeros(len(events))
    for kind, (median, spread, least, most) in PAUSES.items():
        rows = (events.kind == kind).to_numpy()
        pause[rows] = np.clip(median * rng.lognormal(0, spread, rows.sum()), least, most)
    pause[(events.seq == 0).to_numpy()] = 0.0
    micros = np.rint(pause * 1e6).astype("int64") + 1
    total = np.cumsum(micros)
    first = np.flatnonzero((events.seq == 0).to_numpy())
    base = np.repeat(total[first], np.diff(np.r_[first, len(events)]))
    started = talks.started_at.to_numpy().astype("datetime64[us]")[events.c]
    told_at = started + (total - base).astype("timedelta64[us]")
    # Dialogflow's log has one time per turn, that of the question.
    asks = (events.kind == "user") | (events.seq == 0)
    asked = pd.Series(told_at).where(asks).ffill().to_numpy()
    events["told_at"] = np.where((talks.platform == "dialogflow_cx").to_numpy()[events.c], asked, told_at)


def _add_words(
    rng: np.random.Generator, events: pd.DataFrame, talks: pd.DataFrame, orders: pd.DataFrame
) -> None:
    """Choose a phrase per row in the conversation's language and fill its placeholders."""
    import pandas as pd

    spoken = {
        f"{key}|{language}|{speaker}": each
        for speaker, book in (("user", USER), ("bot", BOT), ("agent", BOT))
        for key, by_language in book.items()
        for language, each in by_language.items()
    }
    key = events.phrase + "|" + talks.language.to_numpy()[events.c] + "|" + events.kind
    codes, names = pd.factorize(key)
    choices = [spoken.get(name, (name.split("|")[0],)) for name in names]
    start = np.cumsum([0, *(len(choice) for choice in choices)])
    texts = np.array([text for choice in choices for text in choice], object)
    size = np.array([len(choice) for choice in choices])
    events["text"] = texts[start[codes] + rng.integers(0, 1 << 30, len(events)) % size[codes]]
    known = _values(rng, talks, orders)
    for name in PLACEHOLDERS:
        rows = np.flatnonzero(events.text.str.contains("{" + name + "}", regex=False))
        values = known[name].to_numpy()[events.c.to_numpy()[rows]]
        texts_there = events.text.to_numpy()[rows]
        filled = [
            text.replace("{" + name + "}", value) for text, value in zip(texts_there, values, strict=True)
        ]
        events.loc[rows, "text"] = np.array(filled, object)
    tapped = (events.name == "rate") & (talks.taps & (talks.platform == "rasa")).to_numpy()[events.c]
    events.loc[tapped, "text"] = '/rate{"rating": "' + events.text[tapped] + '"}'


def _values(rng: np.random.Generator, talks: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """What each conversation puts into the placeholders; the order is the person's last one."""
    import pandas as pd

    values = talks[["c", "n", "started_at", "email", "phone", "user_id", "ga_cid", "arm"]].copy()
    past = orders[["n", "ordered_at", "name"]].rename(columns={"ordered_at": "started_at"})
    found = pd.merge_asof(
        values.sort_values(["started_at", "c"]),
        past.sort_values(["started_at", "name"]),
        on="started_at",
        by="n",
    )
    any_number = pd.Series(
        "#" + rng.integers(10_001, 10_001 + len(orders), len(talks)).astype(str).astype(object)
    )
    values["order"] = found.set_index("c").name.reindex(talks.c).reset_index(drop=True).fillna(any_number)
    values["product"] = pick(rng, [product[1].split(" - ")[0] for product in PRODUCTS], len(talks))
    values["rating"] = talks.rating.astype(str)
    values["user_id"] = values.user_id.fillna("")
    values["arm"] = values.arm.fillna("")
    return values
