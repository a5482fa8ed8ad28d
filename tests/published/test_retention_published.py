"""The retention tables on public data sets, against what was published about them."""

from __future__ import annotations

from collections import Counter
from datetime import date

from handmade_marts import Marts
from results import check, dataset

from chat_pipeline.analytics._purchases import purchases_steps
from chat_pipeline.analytics.segments import segments

# Greg Reda, "Cohort Analysis with Python" (2015): relay_foods.
RELAY_SIZES = [22, 15, 13, 39, 50, 32, 50, 31, 37, 54, 130, 65, 95, 100, 24]
RELAY_SECOND = [
    *(
        0.363636,
        0.2,
        0.307692,
        0.333333,
        0.26,
        0.46875,
        0.46,
        0.354839,
        0.405405,
        0.314815,
        0.246154,
        0.261538,
    ),
]
# The sample's distinct buyers by month of first purchase and month offset.
CDNOW = {
    "1997-01-01": [781, 124, 95, 70, 65, 77, 65, 53, 52, 45, 62, 59, 45, 47, 63, 37, 37, 33],
    "1997-02-01": [857, 134, 110, 75, 77, 75, 61, 61, 74, 70, 59, 57, 59, 70, 56, 59, 60],
    "1997-03-01": [719, 87, 84, 78, 63, 64, 55, 57, 73, 65, 47, 51, 78, 32, 38, 45],
}


def cdnow(marts: Marts) -> None:
    path = str(dataset("cdnow/cdnow_sample.csv.gz"))
    marts.con.execute(
        """
        insert into marts.fct_orders (order_key, customer_key, ordered_at, ordered_date, net_amount)
        select row_number() over (), master_id, cast(day as timestamp) + interval 12 hour, day, usd
        from (select *, cast(strptime(cast(date as varchar), '%Y%m%d') as date) as day from read_csv(?))
        """,
        [path],
    )
    marts.cut_off("1998-06-30 12:00:00")


def test_relay_foods_is_reproduced_with_the_last_month_incomplete(marts: Marts) -> None:
    marts.con.execute(
        """
        insert into marts.fct_orders (order_key, customer_key, ordered_at, ordered_date)
        select OrderId, UserId, cast(OrderDate as timestamp) + interval 12 hour, OrderDate from read_csv(?)
        """,
        [str(dataset("relay_foods/relay_foods.csv.gz"))],
    )
    marts.cut_off("2010-03-09 12:00:00")
    rows = [row for row in marts.build("retention_cohorts") if row["grain"] == "month"]
    sizes = [row["cohort_size"] for row in rows if row["period_index"] == 0]
    check("relay_foods", "cohort sizes", RELAY_SIZES, sizes)
    second = [round(row["active"] / row["cohort_size"], 6) for row in rows if row["period_index"] == 1]
    check("relay_foods", "share active in the second month", RELAY_SECOND, second[: len(RELAY_SECOND)])
    # March is not over on the 9th: counted, as published, but without a rate.
    march = [
        row for row in rows if row["cohort_start"].isoformat() == "2010-02-01" and row["period_index"] == 1
    ]
    assert [(row["active"] > 0, row["rate"], row["is_complete"], row["eligible"]) for row in march] == [
        (True, None, False, 0)
    ]


def test_cdnow_monthly_cohorts(marts: Marts) -> None:
    cdnow(marts)
    rows = [row for row in marts.build("retention_cohorts") if row["grain"] == "month"]
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["cohort_start"].isoformat(), []).append(row["active"])
    for cohort, counts in CDNOW.items():
        check("cdnow", f"buyers of cohort {cohort[:7]} by month", counts, found.pop(cohort))
    assert not found
    assert {row["kind"] for row in rows} == {"repeat_purchase"}
    # All three months begin within the first 90 days of the data.
    assert all(row["is_flagged"] for row in rows)


def test_cdnow_repeat_buyers_by_days_not_rows(marts: Marts) -> None:
    cdnow(marts)
    marts.con.execute(
        "insert into marts.dim_customers (customer_key) select distinct customer_key from marts.fct_orders"
    )
    marts.build("retention_cohorts")
    (repeat,) = marts.con.execute(
        f"""with {purchases_steps(marts.settings)}, buyers as (
            select customer_key, count(*) as n from purchases group by customer_key)
        select sum(case when n > 1 then 1 else 0 end) from buyers"""
    ).fetchone()
    # 1,152 customers have two rows; 13 of them on one day only.
    check("cdnow", "repeat buyers, by days", 1139, repeat)


def test_cdnow_frequency_scores_of_the_calibration_period(marts: Marts) -> None:
    cdnow(marts)
    marts.con.execute(
        "insert into marts.dim_customers (customer_key) select distinct customer_key from marts.fct_orders"
    )
    rows = marts.con.execute(segments(marts.con, marts.settings, date(1997, 9, 30))).fetchall()
    found = Counter(value for _, _, _, attribute, value in rows if attribute == "rfm_frequency")
    # The published summary counts repeat purchases (days after the first) until then.
    published = marts.con.execute(
        "select least(5, case when n >= 5 then 4 else n end + case when n >= 6 then 1 else 0 end), count(*)"
        " from (select 1 + frequency as n from read_csv(?)) group by all",
        [str(dataset("cdnow/cdnow_customers_summary.csv.gz"))],
    ).fetchall()
    assert found == Counter({str(score): count for score, count in published})
    repeat = sum(count for score, count in found.items() if score != "1")
    check("cdnow", "repeat buyers of the first 39 weeks", 946, repeat)
