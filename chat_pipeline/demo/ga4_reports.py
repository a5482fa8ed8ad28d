"""GA4's own reports of the demo shop, for reconciliation: a CSV of the user interface, an answer of the Data API.

Their figures are those of the exported events. One is smaller on purpose, as thresholds make it: table
`report_gaps` (report, date, event_name, metric, shown, actual) keeps it for the truth.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

REPORTED_DAYS = 14
GAP_DAYS_BACK = 8
GAP_EVENT = "page_view"
# One row per reported day and event: how often, and what was bought.
COUNTS = """
create or replace table reported as
select l.reporting_date, h.name, count(*) as events,
    round(coalesce(sum(case when h.name = 'purchase' then o.total end), 0), 2) as revenue
from ga4_lines as l join hits as h using (s, place) join sessions as v using (s) left join orders as o on o.o = v.o
where l.reporting_date between ? and ? group by 1, 2
"""


def write_reports(shop: Shop, exports: Exports) -> None:
    """`exports/ga4/reports/`: both reports on the same two weeks."""
    con = shop.con
    last = shop.end - timedelta(days=2)
    first = last - timedelta(days=REPORTED_DAYS - 1)
    con.execute(COUNTS, [f"{first:%Y%m%d}", f"{last:%Y%m%d}"])
    gap = f"{shop.end - timedelta(days=GAP_DAYS_BACK):%Y%m%d}"
    con.execute(
        """
        create or replace table report_gaps as
        select 'run_report.json' as report, reporting_date as "date", name as event_name, 'eventCount' as metric,
            events - greatest(1, events // 10) as shown, events as actual
        from reported where reporting_date = ? and name = ?
    """,
        [gap, GAP_EVENT],
    )
    rows = con.execute("""
        select r.reporting_date, r.name, coalesce(g.shown, r.events), r.revenue from reported as r
        left join report_gaps as g on (g."date", g.event_name) = (r.reporting_date, r.name) order by 1, 2
    """).fetchall()
    answer = {
        "dimensionHeaders": [{"name": "date"}, {"name": "eventName"}],
        "metricHeaders": [
            {"name": "eventCount", "type": "TYPE_INTEGER"},
            {"name": "totalRevenue", "type": "TYPE_CURRENCY"},
        ],
        "rows": [
            {
                "dimensionValues": [{"value": day}, {"value": name}],
                "metricValues": [{"value": str(n)}, {"value": str(money)}],
            }
            for day, name, n, money in rows
        ],
        "rowCount": len(rows),
        "metadata": {"currencyCode": "EUR", "timeZone": "Europe/Berlin"},
        "kind": "analyticsData#runReport",
    }
    exports.write("ga4/reports/run_report.json", json.dumps(answer, indent=1) + "\n", shop.morning(0, 16))
    names = con.execute(
        "select name, sum(events), sum(revenue) from reported group by 1 order by 2 desc, 1"
    ).fetchall()
    line = "# " + "-" * 40
    heading = [
        line,
        "# Events: Event name",
        "# Account: Kessel & Blatt",
        f"# Property: {words.SHOP_HOST}",
        line,
        "#",
        "# All Users",
    ]
    heading += [
        f"# Start date: {first:%Y%m%d}",
        f"# End date: {last:%Y%m%d}",
        "Event name,Event count,Total revenue",
    ]
    table = [f"{name},{n},{money:.2f}" for name, n, money in names]
    exports.write(
        "ga4/reports/Events_Event_name.csv", "\n".join([*heading, *table]) + "\n", shop.morning(0, 16)
    )
