"""What the cells of a turn mean, as SQL: moments in any common form, durations, authors, yes and no."""

from __future__ import annotations

from chat_pipeline.reading import sql_text, trimmed
from chat_pipeline.source import Batch
from chat_pipeline.times import utc

AUTHORS = {
    "user": ("user", "customer", "client", "visitor", "guest", "contact", "end user", "kunde", "kundin"),
    "bot": ("bot", "chatbot", "assistant", "virtual assistant", "ai"),
    "human_agent": ("agent", "human agent", "human_agent", "operator", "support", "staff", "human"),
}
YES = ("true", "1", "yes", "y", "ja", "wahr")
NO = ("false", "0", "no", "n", "nein", "falsch")
DATE_ORDERS = ("dmy", "mdy")


def dated(rows: str) -> str:
    """SQL: the rows with the parts of a sent_at that begins with day or month, else null ones."""
    sent = trimmed("sent_at")
    marks = "('.', '/', '-')"
    return f"""
        select *, try_cast(date_parts.first as integer) as first_part, try_cast(date_parts.second as integer) as second_part
        from (
            -- Only what may be such a date meets the pattern.
            select *, case when substr({sent}, 2, 1) in {marks} or substr({sent}, 3, 1) in {marks} then
                regexp_extract({sent},
                    '^([0-9]{{1,2}})([./-])([0-9]{{1,2}})[./-]([0-9]{{4}}|[0-9]{{2}})(?:[ ,T]+(.*))?$',
                    ['first', 'mark', 'second', 'year', 'rest']) end as date_parts
            from {rows}
        )
    """


def first_parts(batch: Batch, rows: str) -> str:
    """SQL: 1 in files whose dates begin with the day, -1 where they begin with the month, else 0.

    05/06/2026 may be either: told by the dates of the file that only one order allows.
    """
    found = batch.con.execute(f"""
        select _path, max(cast(first_part > 12 as int)) - max(cast(second_part > 12 as int)) as day_first
        from ({dated(f"(select _path, sent_at from ({rows}))")}) where date_parts.mark in ('/', '-') group by _path
    """).fetchall()
    told = " ".join(f"when {sql_text(path)} then {order}" for path, order in found if order)
    return f"case _path {told} else 0 end" if told else "0"


def turns(batch: Batch, rows: str, order: str) -> str:
    """SQL: raw rows from rows of text; `order` (dmy, mdy or empty) is what settings say of dates."""
    time_zone = batch.settings.time_zone
    day_first = first_parts(batch, rows)
    return f"""
        with given as ({rows}),
        told as (select *, {day_first} as day_first from ({dated("given")})),
        ordered as (
            select *, case
                    when first_part is null then null
                    when date_parts.mark = '.' or first_part > 12 or first_part = second_part then 'dmy'
                    when second_part > 12 then 'mdy'
                    when {sql_text(order)} <> '' then {sql_text(order)}
                    when day_first = 1 then 'dmy'
                    when day_first = -1 then 'mdy'
                    else 'unknown'
                end as date_order
            from told
        ),
        written as (
            select *, case
                    when date_order is null then trim(sent_at)
                    when date_order <> 'unknown' then trim(concat(
                        case when length(date_parts.year) = 2 then '20' else '' end, date_parts.year, '-',
                        lpad(case date_order when 'dmy' then date_parts.second else date_parts.first end, 2, '0'), '-',
                        lpad(case date_order when 'dmy' then date_parts.first else date_parts.second end, 2, '0'), ' ',
                        regexp_replace(date_parts.rest, '^([0-9]):', '0\\1:')))
                end as iso_text
            from ordered
        ),
        read as (
            select
                _path, _source_row, _extra, _original, thread_id, message_id, user_text, bot_text, text, intent,
                rating, user_id, email, phone, language, channel, resolution_seconds as resolution_time,
                {seconds("resolution_seconds")} as resolution_seconds,
                {utc("iso_text", time_zone)} as sent_at,
                {author("author")} as author, author as given_author,
                {flag("is_fallback")} as is_fallback,
                _problem, date_order
            from written
        ),
        checked as (
            select * exclude (_problem, date_order, given_author), case
                    when _problem is not null then _problem
                    when thread_id is null then 'no thread_id'
                    when date_order = 'unknown' then
                        'day and month of sent_at can not be told apart: set options.date_order to dmy or mdy'
                    when sent_at is null then 'no readable sent_at'
                    when given_author is not null and author is null then 'an author that is neither user, bot nor agent'
                    when text is not null and author is null then 'text without an author'
                    when coalesce(user_text, bot_text, text, rating) is null then 'neither text nor rating'
                end as _problem
            from read
        )
        select
            *,
            -- A rating that comes later changes the turn, it does not make another one.
            coalesce(thread_id || '|' || message_id,
                md5(concat_ws('|', thread_id, cast(sent_at as varchar), coalesce(user_text, ''), coalesce(bot_text, ''),
                    coalesce(author, ''), coalesce(text, '')))) as _record_key,
            thread_id is null or message_id is null as _is_counted,
            cast(null as timestamp) as _version, cast(null as varchar) as _partition, cast(null as bigint) as _standing
        from checked
    """


def seconds(text: str) -> str:
    """SQL expression: seconds from '300', '00:05:00', '5 min', '1 h 30 min', '0 days 00:05:00'."""
    plain = f"replace(lower(trim({text})), ',', '.')"

    # A pattern costs twenty times as much as the search for a letter that it can't do without.
    def amount(letters: str, words: str, factor: int) -> str:
        may_be = " or ".join(f"contains({plain}, {sql_text(letter)})" for letter in letters)
        found = f"regexp_extract({plain}, '([0-9.]+) *(?:{words})(?:[^a-z]|$)', 1)"
        return f"case when {may_be} then coalesce(try_cast({found} as double), 0) * {factor} else 0 end"

    clock = f"regexp_extract({plain}, '([0-9]+):([0-9]{{2}}):([0-9]{{2}}(?:[.][0-9]+)?)$', ['h', 'm', 's'])"
    on_clock = (
        f"case when contains({plain}, ':') then coalesce(try_cast({clock}.h as double) * 3600"
        f" + try_cast({clock}.m as double) * 60 + try_cast({clock}.s as double), 0) else 0 end"
    )
    units = " + ".join(
        (
            amount("d", "days|day|d", 86400),
            amount("ht", "hours|hour|hrs|hr|h|std|stunden|stunde", 3600),
            amount("m", "minutes|minute|minuten|mins|min|m", 60),
            amount("s", "seconds|second|sekunden|secs|sec|sek|s", 1),
        )
    )
    # 12:30 alone is minutes and seconds to one tool and hours and minutes to the next.
    known = f"regexp_matches({plain}, '[0-9] *[a-z]|[0-9]+:[0-9]{{2}}:[0-9]{{2}}')"
    return f"coalesce(try_cast({plain} as double), case when {known} then {units} + {on_clock} end)"


def author(text: str) -> str:
    plain = f"lower(trim({text}))"
    cases = " ".join(
        f"when {plain} in ({', '.join(map(sql_text, words))}) then {sql_text(author)}"
        for author, words in AUTHORS.items()
    )
    return f"case {cases} end"


def flag(text: str) -> str:
    plain = f"lower(trim({text}))"
    yes, no = (", ".join(map(sql_text, words)) for words in (YES, NO))
    return f"case when {plain} in ({yes}) then true when {plain} in ({no}) then false end"
