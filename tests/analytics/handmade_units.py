"""Metric units made by hand: the table that every comparison of metrics reads."""

from __future__ import annotations

from typing import Any

from handmade_marts import Marts

COLUMNS = """
    metric varchar, shape varchar default 'rate', unit varchar default 'conversations', unit_key varchar, conversation_key varchar,
    customer_key varchar, cluster varchar, platform varchar default 'rasa', instance varchar default 'default',
    channel varchar default 'web', started_date date, numerator bigint, denominator bigint, pending bigint default 0,
    excluded_test bigint default 0, excluded_other bigint default 0
"""


class Units:
    """`add` puts rows into `metric_units`, which then is not made from the marts."""

    def __init__(self, marts: Marts) -> None:
        self.con = marts.con
        self.con.execute(f"create temp table metric_units ({COLUMNS})")
        marts.has_own_units = True

    def add(self, *rows: dict[str, Any], **shared: Any) -> None:
        for row in ({**shared, **row} for row in rows or ({},)):
            row.setdefault("unit_key", row.get("conversation_key"))
            places = ", ".join("?" * len(row))
            self.con.execute(
                f"insert into metric_units ({', '.join(row)}) values ({places})", list(row.values())
            )
