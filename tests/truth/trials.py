"""The demo's two experiments from the truth: who met which arm, and what the arms did."""

from __future__ import annotations

from datetime import date

import pandas as pd

from truth.outcomes import outcomes_of
from truth.rates import local_date, units_of
from truth.shop import THREAD, Told, matched

ARMS = {
    "new_greeting": {"v12": "control", "v13": "short"},
    "guided_tracking": {"classic": "classic", "guided": "guided"},
}
COLUMN = {"new_greeting": "bot_version", "guided_tracking": "tracking_arm"}


def exposed(told: Told, name: str, first: date, last: date) -> pd.DataFrame:
    """Per unit (index; the person, else the conversation): arm met first from the first to the last day, the row of
    that conversation, and how many arms the unit met. Only Rasa shows versions and slots."""
    chats, ends = matched(told), outcomes_of(told)
    arms = chats[COLUMN[name]].map(ARMS[name])
    at = ends["started_at"] if name == "new_greeting" else _slot_times(told, chats)
    met = arms.notna() & at.notna() & (chats["platform"] == "rasa") & ~chats["is_test"]
    days = local_date(at)
    met &= days.between(pd.Timestamp(first), pd.Timestamp(last))
    unit = ends["person"].fillna("chat " + chats.index.to_series().astype(str))
    seen = pd.DataFrame({"unit": unit, "arm": arms, "at": at, "row": chats.index})[met].sort_values("at")
    found = seen.drop_duplicates("unit").set_index("unit")
    return found.assign(arms_met=seen.groupby("unit")["arm"].nunique())


def _slot_times(told: Told, chats: pd.DataFrame) -> pd.Series:
    said = told.truth("said")
    key = [*THREAD, "number"]
    slots = said[(said["kind"] == "slot") & (said["name"] == "tracking_flow")].drop_duplicates(key)
    return chats[key].merge(slots[[*key, "told_at"]], on=key, how="left")["told_at"].set_axis(chats.index)


def measured(told: Told, units: pd.DataFrame, last: date) -> pd.DataFrame:
    """Per metric of conversations and arm: numerator and denominator from the conversation of exposure on, and
    `units`, those with something measured."""
    chats, ends = matched(told), outcomes_of(told)
    rows = units_of(told)
    rows = rows[(rows["row"] >= 0) & rows["person"].isin(units.index) & (rows["platform"] == "rasa")]
    # Automation counts tickets too.
    rows = rows[rows["metric"] != "automation_rate"]
    rows = rows.join(units, on="person", rsuffix="_met")
    started = rows["row"].map(ends["started_at"])
    rows = rows[(rows["row"] == rows["row_met"]) | (started >= rows["at"])]
    rows = rows[rows["date"] <= pd.Timestamp(last)]
    rows = rows[rows["row"].map(~chats["is_test"])]
    per_unit = rows.groupby(["metric", "arm", "person"])[["numerator", "denominator"]]
    summed = per_unit.sum()
    once = summed.index.get_level_values("metric").str.contains("_by_person:")
    summed[once] = per_unit.max()[once]
    summed["units"] = summed["denominator"] > 0
    return summed.groupby(["metric", "arm"]).sum()
