"""Products that are much asked about, and bought afterwards less often than others that are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import shop_date
from chat_pipeline.analytics.insights._kinds import Tested, TestedKind, Told
from chat_pipeline.analytics.insights._words import against, amount
from chat_pipeline.analytics.insights._worth import worth
from chat_pipeline.analytics.product_interest import BUYING_DAYS, followed_steps

if TYPE_CHECKING:
    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings

# A single product is asked about seldom: so many weeks bring the persons together that a test needs.
WEEKS = 12


def questions(settings: Settings) -> str:
    """A customer's conversation and a product named in it: bought by the customer afterwards or not."""
    return f"""
        with {followed_steps(settings)}
        select
            'bought_rate' as metric, 'rate' as shape, conversation_key || '/' || product_key as unit_key,
            conversation_key, customer_key as cluster, {shop_date("first_named_at", settings)} as started_date,
            case when coalesce(is_mature, false) and is_bought then 1 else 0 end as numerator,
            case when coalesce(is_mature, false) then 1 else 0 end as denominator,
            case when coalesce(is_mature, false) then 0 else 1 end as pending
        from followed
        where customer_key is not null
    """


def products(settings: Settings) -> str:
    return """
        select n.conversation_key || '/' || n.product_key as unit_key, 'product' as dimension,
            coalesce(p.product_name, n.product_key) as value
        from marts.conversation_products as n
        left join marts.dim_products as p on p.product_key = n.product_key
    """


def tell(test: Tested, settings: Settings, prices: Prices) -> Told:
    return Told(
        title=(
            f"'{test.value}' is asked about and seldom bought: after {amount(test.estimate, test.shape)} of the"
            f" conversations, other products after {amount(test.baseline, test.shape)}"
        ),
        text=(
            against(test, f"conversations about '{test.value}'", "about other products")
            + f" An order counts within {BUYING_DAYS} days."
        ),
        advice="Read what is asked: price, stock, delivery, a fact missing on the product page?",
        evidence="analytics.product_interest",
        **worth(test, settings, prices),
    )


KIND = TestedKind(
    name="product_not_bought", units=questions, values=products, weeks=lambda settings: WEEKS, tell=tell
)
