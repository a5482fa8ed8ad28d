"""The orders of the demo shop: those that follow a chat and all others, with lines, money and status.

`make_orders` gives (orders, lines): one row per order (`o`, oldest first), one per line item.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.chance import local_times, pick, stream

if TYPE_CHECKING:
    import pandas as pd

HISTORY_DAYS = 730
# Web sessions per conversation, and the share of orders whose session GA4 sees (`visits.py`).
VISITS_PER_TALK = 3
SEEN_ORDERS = 0.55
FREE_SHIPPING = 50.0
SHIPPING = 4.9
STATUSES = (
    "paid",
    "partially_refunded",
    "refunded",
    "pending",
    "pending_cod",
    "partially_paid",
    "voided",
    "cancelled",
)
STATUS_WEIGHTS = (0.865, 0.035, 0.025, 0.015, 0.025, 0.005, 0.01, 0.02)


def make_orders(
    seed: int, people: pd.DataFrame, talks: pd.DataFrame, end: date, effects: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of 24 months up to `end` and their lines; `talks` are the conversations, with `buys` and `c`.

    Without `effects` nobody orders for having chatted: some orders merely fall into the visit of a chat.
    """
    import pandas as pd

    rng = stream(seed, "orders")
    count = max(60, int(len(talks) * 0.45))
    first = end - timedelta(days=HISTORY_DAYS - 1)
    weights = people.order_weight.to_numpy()
    own = pd.DataFrame(
        {
            "n": rng.choice(len(people), count, p=weights / weights.sum()),
            "ordered_at": local_times(rng, count, first, HISTORY_DAYS, growth=0.8 if effects else 0.0),
            "after": -1,
        }
    )
    limit = np.datetime64(end + timedelta(days=1)) - np.timedelta64(3, "h")
    if effects:
        orders = pd.concat([own, _after_chats(rng, talks)], ignore_index=True)
    else:
        orders = _beside_chats(rng, own, talks)
    orders = orders[orders.ordered_at < limit].sort_values(["ordered_at", "n"], ignore_index=True)
    orders["ordered_at"] = orders.ordered_at.dt.floor("s")
    orders["o"] = np.arange(len(orders))
    orders["name"] = "#" + (10001 + orders.o).astype(str)
    orders["order_id"] = (
        5_800_000_000_000 + orders.o * 32_768 + rng.integers(0, 32_000, len(orders))
    ).astype(str)
    _add_channel(rng, orders, people)
    lines = _make_lines(rng, orders)
    _add_money(rng, orders, lines)
    _add_delivery(orders, end)
    return orders, lines


def _after_chats(rng: np.random.Generator, talks: pd.DataFrame) -> pd.DataFrame:
    """A purchase for the share of conversations that lead to one: minutes to days after the chat."""
    import pandas as pd

    chance = np.where(talks.buys, 0.42, np.where(talks.asks_product, 0.12, 0.02)) * np.where(
        talks.solved, 1, 0.3
    )
    chosen = talks[(rng.random(len(talks)) < chance) & ~talks.is_test]
    minutes = np.where(
        rng.random(len(chosen)) < 0.55,
        9 + rng.exponential(7, len(chosen)),
        rng.exponential(1600, len(chosen)) + 40,
    )
    return pd.DataFrame(
        {
            "n": chosen.n.to_numpy(),
            "ordered_at": chosen.started_at.to_numpy() + (minutes * 60e6).astype("timedelta64[us]"),
            "after": chosen.c.to_numpy(),
        }
    )


def _beside_chats(rng: np.random.Generator, own: pd.DataFrame, talks: pd.DataFrame) -> pd.DataFrame:
    """The orders, some of them moved into the visit of a chat: as many as visits with a chat are of all visits."""
    chats = talks[(talks.device_row >= 0) & ~talks.is_test]
    share = len(chats) / (VISITS_PER_TALK * len(talks))
    any_chat = chats.iloc[rng.permutation(len(chats))].drop_duplicates("n").set_index("n")
    recent = own[own.ordered_at >= talks.started_at.min()]
    wanted = int(len(recent) * SEEN_ORDERS * share)
    able = recent[recent.n.isin(any_chat.index)]
    moved = able.iloc[rng.permutation(len(able))].drop_duplicates("n").iloc[:wanted]
    beside = any_chat.loc[moved.n]
    later = (rng.uniform(9, 25, len(moved)) * 60e6).astype("timedelta64[us]")
    own.loc[moved.index, "ordered_at"] = beside.started_at.to_numpy() + later
    own.loc[moved.index, "after"] = beside.c.to_numpy()
    return own


def _add_channel(rng: np.random.Generator, orders: pd.DataFrame, people: pd.DataFrame) -> None:
    """Where an order came from and which identifiers it carries: e-mail, phone, login, chat id."""
    count = len(orders)
    person = people.loc[orders.n].reset_index(drop=True)
    follows = orders.after >= 0
    source = pick(rng, ("web", "pos", "shopify_draft_order", "2775569"), count, (0.85, 0.09, 0.03, 0.03))
    orders["source"] = np.where(follows, "web", source)
    orders["country"] = person.country
    orders["currency"] = np.where((person.country == "CH") & (rng.random(count) < 0.7), "CHF", "EUR")
    orders.loc[rng.random(count) < 0.003, "currency"] = "USD"
    use_second = person.email2.notna() & (rng.random(count) < 0.3)
    orders["email"] = person.email2.where(use_second, person.email)
    desk = (orders.source == "shopify_draft_order") & (rng.random(count) < 0.7)
    desk.iloc[:3] = True
    orders.loc[desk, ["email", "source"]] = [words.SHOP_MAILBOX, "shopify_draft_order"]
    pos = orders.source == "pos"
    orders.loc[pos & (rng.random(count) < 0.65), "email"] = None
    orders["phone"] = person.phone.where((rng.random(count) < np.where(pos, 0.35, 0.5)) & ~desk, None)
    logged_in = person.user_id.notna() & (orders.source == "web") & (rng.random(count) < 0.7)
    orders["user_id"] = person.user_id.where(logged_in, None)
    orders["tells_chat"] = follows & (rng.random(count) < 0.5)
    # A test order is known by the address: not at the counter without one, not under the shop's own.
    orders["is_staff"] = person.is_staff & orders.email.notna() & ~desk


def _make_lines(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """One row per line item: o, line (from 1), product, quantity, price, discount."""
    import pandas as pd

    per_order = rng.choice([1, 2, 3, 4], len(orders), p=[0.55, 0.27, 0.13, 0.05])
    lines = pd.DataFrame({"o": np.repeat(orders.o.to_numpy(), per_order)})
    lines["line"] = lines.groupby("o").cumcount() + 1
    popularity = 1 / np.sqrt(np.arange(1, len(words.PRODUCTS) + 1))
    lines["product"] = rng.choice(len(words.PRODUCTS), len(lines), p=popularity / popularity.sum())
    price = np.array([product[3] for product in words.PRODUCTS])
    lines["price"] = price[lines["product"]]
    lines["quantity"] = rng.choice([1, 2, 3], len(lines), p=[0.8, 0.15, 0.05])
    lines["discount"] = np.where(rng.random(len(lines)) < 0.04, np.round(lines.price * 0.2, 2), 0.0)
    return lines


def _add_money(rng: np.random.Generator, orders: pd.DataFrame, lines: pd.DataFrame) -> None:
    """Totals (tax included), refunds and status. Sums are in cents, so that they are exact."""
    count = len(orders)
    cents = (np.round(lines.price * 100) * lines.quantity - np.round(lines.discount * 100)).astype(int)
    gross = cents.groupby(lines.o).sum().to_numpy()
    has_code = rng.random(count) < 0.09
    orders["discount_code"] = np.where(has_code, pick(rng, ("HERBST10", "WILLKOMMEN"), count), None)
    off = np.where(has_code, np.round(gross * 0.1), 0).astype(int)
    subtotal = gross - off
    shipping = np.where((subtotal >= FREE_SHIPPING * 100) | (orders.source == "pos"), 0, int(SHIPPING * 100))
    status = pick(rng, STATUSES, count, STATUS_WEIGHTS)
    status[orders.source == "pos"] = "paid"
    total = subtotal + shipping
    refund = np.where(
        status == "refunded", total, np.where(status == "partially_refunded", np.round(total * 0.3), 0)
    )
    orders["discount"] = off / 100
    orders["subtotal"] = subtotal / 100
    orders["shipping"] = shipping / 100
    orders["tax"] = np.round(total * 0.19 / 1.19) / 100
    orders["total"] = total / 100
    orders["refunded"] = refund.astype(int) / 100
    orders["status"] = status
    cash = status == "pending_cod"
    orders["financial_status"] = np.where(cash, "pending", np.where(status == "cancelled", "paid", status))
    orders["is_cancelled"] = np.isin(status, ("cancelled", "voided"))
    orders["payment_method"] = np.where(
        cash,
        "Cash on Delivery (COD)",
        pick(rng, ("shopify_payments", "paypal", "Bank Deposit"), count, (6, 3, 1)),
    )


def _add_delivery(orders: pd.DataFrame, end: date) -> None:
    """Sent out unless cancelled or younger than two days; what counts as a sale by the shop's rules."""
    sendable = ~orders.status.isin(["pending", "voided", "cancelled", "partially_paid"])
    orders["is_fulfilled"] = sendable & (orders.ordered_at < np.datetime64(end - timedelta(days=1)))
    is_paid = orders.status.isin(["paid", "partially_refunded", "refunded", "partially_paid"])
    is_cash = (orders.status == "pending_cod") & orders.is_fulfilled
    orders["is_counted"] = (is_paid | is_cash) & ~orders.is_staff
