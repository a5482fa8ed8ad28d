"""What fixing a finding may be worth: an estimate, in conversations and in money a month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import is_apart
from chat_pipeline.analytics.insights._words import GOAL

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.analytics.insights._kinds import Tested
    from chat_pipeline.settings import Settings

WEEKS_OF_A_MONTH = 52 / 12
# Each conversation in their numerator, or missing from it, may need a human.
NEEDS_A_HUMAN = ("resolution_rate", "fallback_rate", "abandonment_rate", "escalation_rate")


@dataclass(frozen=True)
class Prices:
    """In the shop's currency, None where unknown: mean net amount of an order, an agent's cost of a conversation."""

    order: float | None
    agent: float | None


def prices_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> Prices:
    """Mean over all counted orders with a net amount; the agent's cost from `[costs]`."""
    ((cents, orders),) = con.execute(
        "select sum(cast(round(net_amount * 100) as bigint)), count(net_amount) from marts.fct_orders"
        f" where is_counted and not {is_apart(settings)}"
    ).fetchall()
    costs = settings.costs
    agent = None
    if costs.agent_minutes_per_chat is not None and costs.agent_per_hour is not None:
        agent = costs.agent_minutes_per_chat / 60 * costs.agent_per_hour
    return Prices(cents / 100 / orders if orders else None, agent)


def conversations(test: Tested) -> tuple[float | None, float | None]:
    """Units a month that the difference is about, and at least so many: by the interval's end nearest to 0.

    difference x units of the value / its weeks x 52 / 12. None for what is no share.
    """
    found = test.comparison
    if test.shape != "rate" or found.low is None or found.high is None:
        return None, None
    monthly = test.n / test.weeks * WEEKS_OF_A_MONTH
    nearest = 0.0 if found.low * found.high < 0 else min(abs(found.low), abs(found.high))
    return abs(found.difference) * monthly, nearest * monthly


def is_order_goal(metric: str, settings: Settings) -> bool:
    goal = settings.goals.get(metric.removeprefix(GOAL)) if metric.startswith(GOAL) else None
    return goal is not None and any(match.kind == "order" for match in goal.completed)


def money(test: Tested, settings: Settings, prices: Prices) -> float | None:
    """Conversations a month times what one is worth: an agent's cost, or an order; None where it has no price."""
    monthly, _ = conversations(test)
    price = None
    if test.metric in NEEDS_A_HUMAN:
        price = prices.agent
    elif is_order_goal(test.metric, settings):
        price = prices.order
    return None if monthly is None or price is None else monthly * price


def worth(test: Tested, settings: Settings, prices: Prices) -> dict[str, float | None]:
    """The three `worth_*` of what is told."""
    monthly, at_least = conversations(test)
    return {
        "worth_conversations": monthly,
        "worth_at_least": at_least,
        "worth_money": money(test, settings, prices),
    }
