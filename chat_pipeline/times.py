"""Vendors' ways to write a moment, as SQL expressions that give naive UTC timestamps.

Only for readers: models in dbt get timestamps that are UTC already.
"""

from __future__ import annotations

from chat_pipeline.reading import sql_text

OFFSET = r"[0-9]:[0-9]{2}.*(Z|[+-][0-9]{2}:?[0-9]{2})$"
# What people's spreadsheets and vendors' screens write beside ISO 8601; day before month is never guessed.
FORMATS = ("%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S")


def utc(text: str, zone: str) -> str:
    """SQL: a text with offset, without one (then in `zone`), or epoch seconds or milliseconds; null if it is neither."""
    colon = rf"regexp_replace(trim({text}), ' ?([+-][0-9]{{2}}):?([0-9]{{2}})$', '\1:\2')"
    formats = ", ".join(sql_text(f) for f in FORMATS)
    naive = f"coalesce(try_cast({text} as timestamp), try_cast(trim({text}) as timestamp), try_strptime(trim({text}), [{formats}]))"
    local = naive if zone == "UTC" else _utc_of(f"timezone({sql_text(zone)}, {naive})")
    # An offset that DuckDB can't read as one it looks up among the names of all time zones, for 0.3 ms each.
    offset = f"try_cast({colon} as timestamptz)"
    # Patterns and time zones cost more than all else here: only texts that may need one meet one. A cast
    # to timestamp drops the offset, which is right where that is none.
    return f"""case
            when not contains({text}, ':') then case
                when regexp_matches({text}, '^[0-9]{{12,14}}$') then make_timestamp(try_cast({text} as bigint) * 1000)
                when regexp_matches({text}, '^[0-9]{{9,10}}$') then make_timestamp(try_cast({text} as bigint) * 1000000)
                else {local} end
            when suffix({text}, 'Z') then try_cast({text} as timestamp)
            when suffix({text}, '+0000') then coalesce(try_cast({text} as timestamp), case
                when regexp_matches({text}, '{OFFSET}') then {_utc_of(offset)}
                else {local} end)
            when substr({text}, -5, 1) in ('+', '-') or substr({text}, -6, 1) in ('+', '-') then case
                when regexp_matches({text}, '{OFFSET}') then {_utc_of(offset)}
                else {local} end
            else {local}
        end"""


def _utc_of(moment: str) -> str:
    """SQL: a timestamp with time zone as a UTC timestamp; `timezone('UTC', ...)` asks the calendar, for twice the time."""
    return f"make_timestamp(epoch_us({moment}))"
