-- Numbers 0 to 99,999 laid from the first Monday on: no engine's own way of making series is needed.
with digits as (
    select cast(0 as bigint) as digit
    {%- for digit in range(1, 10) %}
    union all
    select cast({{ digit }} as bigint) as digit
    {%- endfor %}
),

numbers as (
    select ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit + 10000 * myriads.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as myriads
),

fact_dates as (
    select min(sent_date) as first_date, max(sent_date) as last_date from {{ ref('fct_messages') }}
    union all
    select min(occurred_date), max(occurred_date) from {{ ref('fct_conversation_events') }}
    union all
    select min(occurred_date), max(occurred_date) from {{ ref('fct_web_events') }}
    union all
    select min(ordered_date), max(ordered_date) from {{ ref('fct_orders') }}
    union all
    select min(created_date), max(created_date) from {{ ref('fct_tickets') }}
),

bounds as (
    select
        min(first_date) as first_date,
        max(last_date) as last_date,
        cast(date_trunc('week', min(first_date)) as timestamp) as first_monday
    from fact_dates
),

days as (
    select
        numbers.number,
        bounds.first_date,
        bounds.last_date,
        cast({{ add_seconds('bounds.first_monday', 'numbers.number * 86400') }} as date) as date_day,
        cast({{ add_seconds('bounds.first_monday', '(numbers.number - numbers.number % 7) * 86400') }} as date) as week_start,
        -- A week belongs to the year of its Thursday.
        cast({{ add_seconds('bounds.first_monday', '(numbers.number - numbers.number % 7 + 3) * 86400') }} as date) as thursday
    from numbers
    cross join bounds
)

select
    date_day,
    cast(extract(year from thursday) as bigint) as iso_year,
    cast(floor(cast(extract(doy from thursday) - 1 as double) / 7) as bigint) + 1 as iso_week,
    week_start,
    cast(date_trunc('month', date_day) as date) as month_start,
    cast(number % 7 + 1 as bigint) as weekday,
    number % 7 >= 5 as is_weekend
from days
where date_day between first_date and last_date
