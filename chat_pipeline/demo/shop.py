"""The whole invented shop in memory, and the DuckDB connection that the writers query it with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from chat_pipeline.demo import vocabulary as words

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

TABLES = (
    "people",
    "devices",
    "talks",
    "events",
    "orders",
    "lines",
    "sessions",
    "hits",
    "contacts",
    "deals",
    "tickets",
)


@dataclass
class Shop:
    """What happened, as DataFrames; the modules that make them say what a row is.

    Every DataFrame is also a table of `con` of the same name.
    """

    con: duckdb.DuckDBPyConnection
    seed: int
    end: date
    days: int
    effects: bool
    people: pd.DataFrame
    devices: pd.DataFrame
    talks: pd.DataFrame
    events: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    sessions: pd.DataFrame = field(init=False)
    hits: pd.DataFrame = field(init=False)
    contacts: pd.DataFrame = field(init=False)
    deals: pd.DataFrame = field(init=False)
    tickets: pd.DataFrame = field(init=False)

    @property
    def first(self) -> date:
        """First local day with conversations and web traffic."""
        return self.end - timedelta(days=self.days - 1)

    def morning(self, days_back: int, hour: int = 5) -> datetime:
        """`hour` UTC of the day `days_back` days before the day after the last one: when files are delivered."""
        return datetime.combine(self.end + timedelta(days=1 - days_back), time(hour))


def make_shop(seed: int, conversations: int, days: int, end: date, effects: bool = True) -> Shop:
    """Everything that happened, before any vendor writes it down."""
    import duckdb

    from chat_pipeline.demo import crm, talk, talks, visits, world
    from chat_pipeline.demo import orders as ordering

    people = world.make_people(seed, max(60, int(conversations * 0.4)), end)
    devices = world.make_devices(seed, people, end, days)
    chats = talks.make_talks(seed, conversations, people, devices, end, days, effects)
    orders, lines = ordering.make_orders(seed, people, chats, end, effects)
    events = talk.make_events(seed, chats, orders)
    con = duckdb.connect(config={"threads": 2})
    con.execute("set timezone = 'UTC'")
    shop = Shop(con, seed, end, days, effects, people, devices, chats, events, orders, lines)
    shop.sessions = visits.make_sessions(shop)
    shop.hits = visits.make_hits(shop, shop.sessions)
    shop.contacts = crm.make_contacts(shop)
    shop.deals = crm.make_deals(shop, shop.contacts)
    shop.tickets = crm.make_tickets(shop, shop.contacts)
    for name in TABLES:
        keep(shop, name, getattr(shop, name))
    _keep_words(shop)
    return shop


def keep(shop: Shop, name: str, frame: pd.DataFrame) -> None:
    """Make `frame` a table of the shop's connection."""
    # Columns of Python objects are texts here; DuckDB would take one without any value for a number.
    texts = {column: "string" for column in frame.columns if frame[column].dtype == object}
    shop.con.register("incoming_frame", frame.astype(texts))
    shop.con.execute(f"create or replace table {name} as select * from incoming_frame")
    shop.con.unregister("incoming_frame")


def _keep_words(shop: Shop) -> None:
    """Tables of products, device models and campaigns by their number."""
    import pandas as pd

    for name, columns, rows in (
        ("products", ("sku", "item_name", "category", "price"), words.PRODUCTS),
        ("models", ("category", "system", "version", "browser", "brand", "weight"), words.DEVICES),
        ("campaigns", ("campaign_name", "source", "medium", "first_share", "last_share"), words.CAMPAIGNS),
    ):
        frame = pd.DataFrame(list(rows), columns=list(columns))
        keep(shop, name, frame.assign(**{name[:-1]: range(len(frame))}))
