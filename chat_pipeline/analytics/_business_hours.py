"""Time in the shop's business hours: seconds between two moments, without those when nobody is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from datetime import time

    from chat_pipeline.settings import Settings


def business_seconds(start: str, finish: str, settings: Settings) -> str:
    """Seconds of business hours from one UTC timestamp to another; null where settings name no business hours."""
    if "business_hours" not in settings.shop.model_fields_set:
        return "cast(null as double)"
    return f"({_passed(finish, settings)} - {_passed(start, settings)})"


def _passed(moment: str, settings: Settings) -> str:
    """Seconds of business hours from a Monday long ago to a moment: whole weeks, whole days, the day itself."""
    hours = settings.shop.business_hours
    opening, length = _seconds(hours.from_time), _seconds(hours.to) - _seconds(hours.from_time)
    local = f"timezone({sql_text(settings.shop.time_zone)}, timezone('UTC', {moment}))"
    weekday = f"isodow({local})"
    earlier = " ".join(
        f"when {day} then {length * sum(other < day for other in hours.days)}" for day in range(1, 8)
    )
    days = ", ".join(str(day) for day in hours.days)
    return f"""(
        date_diff('day', timestamp '1990-01-01 00:00:00', date_trunc('week', {local})) / 7 * {length * len(hours.days)}
        + case {weekday} {earlier} end
        + case when {weekday} in ({days}) then
            least(greatest(epoch({local} - date_trunc('day', {local})) - {opening}, 0), {length}) else 0 end
    )"""


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60
