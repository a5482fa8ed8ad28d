"""The settings that fit the demo shop, as a commented TOML file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.generate import END
from chat_pipeline.demo.trials import guided_dates, trial_dates
from chat_pipeline.demo.truth import RATES

TEMPLATE = """# Settings of the demo shop: they fit the exports that `chat-pipeline demo` writes.

[shop]
time_zone = "Europe/Berlin"
currency = "EUR"
rates = {{ {rates} }}             # orders in other currencies count, their money does not
country = "DE"
business_hours = {{ days = "mon-fri", from = "09:00", to = "18:00" }}
chat_live_since = {first}

[chat]
silence_minutes = 30
silence_hours_human = 24
greeting_intents = ["greet"]
courtesy_intents = ["thanks", "goodbye"]
opening_payloads = ["/session_start"]

[exclude]
channels = ["emulator", "cmdline", "rasa"]
email_domains = ["{staff}"]      # the shop's own people

[sources.rasa]
sender_id = "platform_user_id"
shared_ids = ["default", "user"]
[sources.rasa.instances.de]      # the second bot: exports/rasa/de
time_zone = "Europe/Berlin"
[sources.ga4]
time_zone = "Europe/Berlin"
[sources.hubspot]
time_zone = "Europe/Berlin"
columns = {{ "Chat user" = "chat_user", "Shop account" = "shop_account" }}
complete_snapshots = false
[sources.chat_table]
columns = {{ "conversation id" = "thread_id", "timestamp" = "sent_at", "customer query" = "user_text", "chatbot response" = "bot_text", "resolution time" = "resolution_seconds", "csat score" = "rating" }}

[identifiers]
rasa.slots = {{ email = "email", phone = "phone", user_id = "user_id", ga_cid = "ga_client_id" }}
dialogflow_cx.parameters = {{ email = "email", phone = "phone", user_id = "user_id", ga_cid = "ga_client_id" }}
hubspot.properties = {{ chat_user = "platform_user_id", shop_account = "user_id" }}
shopify.note_attributes = {{ chat_id = "thread_id", account = "user_id" }}

[signals.handoff]
rasa = {{ actions = ["action_human_handoff"], intents = ["human_handoff"] }}
bot_framework = {{ intents = ["human_handoff"] }}
dialogflow_cx = {{ intents = ["human_handoff"] }}
[signals.csat]
rasa = {{ slot = "rating", scale = [1, 5], asked = {{ action = "utter_ask_rating" }} }}
bot_framework = {{ value = "rating", scale = [1, 5] }}

[goals.order_tracking]
entered = [{{ intent = "track_order" }}]
completed = [{{ action = "utter_order_status" }}, {{ event = "order_status_shown" }}, {{ page = "Order Status" }}]
window = "24h"
[goals.order]
entered = [{{ intent = "buy_product" }}]
completed = [{{ order = true }}]
window = "7d"

[intent_groups]
product = ["product_*", "stock", "buy_product"]
orders = ["track_order", "shipping_*", "payment_*"]
support = ["return_*", "complaint", "human_handoff"]
shop = ["opening_hours"]

[funnels.purchase]
unit = "customer"
window = "24h"
steps = [
  {{ name = "inquiry or view", any = [{{ group = "product" }}, {{ ga4 = "view_item" }}] }},
  {{ name = "cart", any = [{{ ga4 = "add_to_cart" }}, {{ event = "add_to_cart_event" }}] }},
  {{ name = "view cart", ga4 = "view_cart", optional = true }},
  {{ name = "checkout", ga4 = "begin_checkout" }},
  {{ name = "order", order = true }},
]

[experiments.new_greeting]
hypothesis = "A shorter greeting raises the goal rate"
primary = "goal_completion_rate:order"
arms = {{ control = 0.5, short = 0.5 }}
assignment = {{ bot_version = {{ control = "v12", short = "v13" }} }}
from = {trial_first}
to = {trial_last}

[experiments.guided_tracking]
hypothesis = "Step by step more customers find their order"
primary = "goal_completion_rate:order_tracking"
arms = {{ classic = 0.5, guided = 0.5 }}
assignment = {{ slot = "tracking_flow" }}   # on Rasa; Dialogflow has it as a parameter
from = {guided_first}
to = {guided_last}

[objectives.csat]
metric = "csat"
segment = "all"
target = {{ absolute = 0.85 }}
by = {goal_date}

[objectives.order_tracking]
metric = "goal_completion_rate:order_tracking"
segment = "all"
target = {{ points = 5, baseline = "{baseline}" }}
by = {goal_date}

[[annotations]]
from = {guided_first}
to = {guided_last}
kind = "experiment"
text = "Half of the customers are led through order tracking step by step"

[[annotations]]
from = {gift_season}
to = {end}
kind = "campaign"
text = "Gift season"

[orders]
cash_on_delivery = true
ga4_transaction_id = "name"

[sentiment]
engine = "vader"
[costs]
bot_per_month = 120
agent_minutes_per_chat = 6
agent_per_hour = 28

[publish]
after = ""
keep = 3
personal_data = true
[schedule]
nightly = "0 4 * * *"
[engine]
memory_limit = "50%"
"""


def write_demo_settings(path: Path, *, days: int = 120, end_date: date = END) -> None:
    """Write the settings for a demo of `days` days up to `end_date` to `path`."""
    first = end_date - timedelta(days=days - 1)
    trial_first, trial_last = trial_dates(end_date, days)
    guided_first, guided_last = guided_dates(end_date, days)
    path.write_text(
        TEMPLATE.format(
            rates=", ".join(f"{currency} = {rate}" for currency, rate in RATES.items()),
            first=first.isoformat(),
            staff=words.STAFF_DOMAIN,
            trial_first=trial_first.isoformat(),
            trial_last=trial_last.isoformat(),
            guided_first=guided_first.isoformat(),
            guided_last=guided_last.isoformat(),
            baseline=f"{end_date - timedelta(days=days // 3):%Y-%m}",
            goal_date=(end_date + timedelta(days=45)).isoformat(),
            gift_season=(first + timedelta(days=int(days * words.CAMPAIGNS[2][3]))).isoformat(),
            end=end_date.isoformat(),
        ),
        encoding="utf-8",
    )
