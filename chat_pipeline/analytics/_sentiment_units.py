"""Conversations with a sentiment, as both the trend and the drivers count them. No table is defined here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import is_apart

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def units_steps(settings: Settings) -> str:
    """Step `units`: a row per scored conversation; `points` is its mean in ten-thousandths, `cluster` its person."""
    return f"""
    units as (
        select
            c.conversation_key, c.platform, c.started_date, c.primary_intent, c.primary_intent_group, c.bot_version,
            coalesce(lower(split_part(replace(nullif(trim(c.language), ''), '_', '-'), '-', 1)), 'unknown') as language,
            coalesce('person ' || c.person_key, 'conversation ' || c.conversation_key) as cluster,
            s.engine, s.scored_turns, s.is_negative, s.is_alert,
            cast(round(s.mean * 10000) as bigint) as points
        from analytics.conversation_sentiment as s
        inner join marts.fct_conversations as c on c.conversation_key = s.conversation_key
        where s.scored_turns > 0 and not {is_apart(settings, "c.is_test")} and c.started_date is not null
    )"""
