"""Where entries of funnels count: in all, by each dimension, by each attribute of the chat's customer."""

from __future__ import annotations

from dataclasses import dataclass

from chat_pipeline.reading import sql_text

DIMENSIONS = (
    "platform",
    "instance",
    "channel",
    "language",
    "bot_version",
    "intent_group",
    "acquisition",
)
KIND = ", ".join(DIMENSIONS)


@dataclass(frozen=True)
class Placing:
    """Where entries count. Each row of `source` (a FROM with `flat`) that is so as `when` says is put in the cell of its
    `place`; `places` is a SELECT of place, dimension, dimension_value."""

    place: str
    source: str
    places: str
    when: str = "true"


BY_KIND = Placing(
    "k.place",
    "flat inner join kind_places as k on k.kind = flat.kind",
    "select distinct place, dimension, dimension_value from kind_places",
)
BY_SEGMENT = Placing(
    "s.place",
    "flat inner join segment_places as s on s.conversation_key = flat.entry_conversation_key",
    "select distinct place, dimension, dimension_value from segment_places",
    "flat.grain <> 'day'",
)


def place_steps() -> str:
    """Steps `kind_places` and `segment_places`: the cells in which an entry of that kind, or of that chat, counts."""
    names = ", ".join(sql_text(name) for name in ("all", *DIMENSIONS))
    return f"""
    kind_places as (
        select *, hash(dimension, dimension_value) as place
        from (
            select kind, unnest([{names}]) as dimension, unnest(['all', {KIND}]) as dimension_value
            from (select distinct kind, {KIND} from flat) as kinds
        ) as named
    ),
    segment_places as (
        select *, hash(dimension, dimension_value) as place
        from (
            select conversation_key, family || '.' || attribute as dimension, value as dimension_value
            from analytics.conversation_segments
            union all
            -- Entries without a conversation have every attribute too.
            select distinct '', family || '.' || attribute, 'unknown' from analytics.conversation_segments
        ) as named
    )"""
