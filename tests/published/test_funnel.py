"""The public e-commerce funnel, counted by our funnels: home, search, payment, confirmation by device and sex.

The files have no times: every view of a user is put into one second, in which all counts as in order.
"""

from __future__ import annotations

import pytest
from results import check, dataset

from chat_pipeline.analytics._funnel_chain import Plan, PlannedStep, create_followed, follow

PAGES = ("home_page", "search_page", "payment_page", "payment_confirmation")
PUBLISHED = {
    "all": [90400, 45200, 6030, 452],
    "Desktop": [60200, 30100, 3010, 150],
    "Mobile": [30200, 15100, 3020, 302],
    "Female": [45075, 22676, 3100, 241],
    "Male": [45325, 22524, 2930, 211],
}


@pytest.fixture(scope="module")
def counts() -> dict[str, list[int]]:
    import duckdb

    folder = dataset("ecommerce_funnel")
    views = " union all ".join(
        f"select user_id, {step} as step from read_csv('{folder}/{page}_table.csv.gz')"
        for step, page in enumerate(PAGES, 1)
    )
    plan = Plan("pages", "customer", 86400, tuple(PlannedStep(n, page) for n, page in enumerate(PAGES, 1)))
    with duckdb.connect() as con:
        con.execute(f"""
            create temp table funnel_fits as
            select 'pages' as funnel, step, step as last_step, cast(user_id as varchar) as unit_key, 0 as second,
                user_id || '-' || step as stream, 0 as sequence, user_id || '-' || step as event_key
            from ({views}) as views
        """)
        create_followed(con)
        follow(con, plan)
        rows = con.execute(f"""
            select step, value, count(*) from (
                select step, unnest(['all', device, sex]) as value
                from funnel_followed as f
                inner join read_csv('{folder}/user_table.csv.gz') as u on cast(u.user_id as varchar) = f.unit_key
            ) as reached
            group by step, value order by value, step
        """).fetchall()
    found: dict[str, list[int]] = {}
    for _, value, n in sorted(rows, key=lambda row: (row[1], row[0])):
        found.setdefault(value, []).append(n)
    return found


@pytest.mark.parametrize("group", PUBLISHED)
def test_counts_of_the_published_funnel(counts: dict[str, list[int]], group: str) -> None:
    check("ecommerce_funnel", f"users at each page, {group}", PUBLISHED[group], counts[group])
