"""How long outcomes wait, and what tells one act of a bot from another: an answer from a question, a goodbye.

How an outcome follows from these is in `analytics/conversation_outcomes`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from chat_pipeline.settings.fields import Duration, Table, Texts


class Outcomes(Table):
    """Thresholds of the outcomes; all history is judged by those that stand."""

    judged_after: Duration = timedelta(hours=24)
    returned_within: Duration = timedelta(hours=24)
    durable_after: Duration = timedelta(days=7)
    rated_within: Duration = timedelta(days=7)
    tickets_within: Duration = timedelta(days=3)
    typed_in_a_row: Duration = timedelta(seconds=30)
    fallback_turns: Annotated[int, Field(ge=1)] = 2
    least_ratings: Annotated[int, Field(ge=1)] = 10


class Act(Table):
    """What is an act of this kind: names of the bot's actions or pages, and sentences without their full stop (`*`: any text)."""

    names: Texts = ()
    phrases: Texts = ()


def _act(names: str, *phrases: str) -> Act:
    return Act(names=tuple(names.split()), phrases=phrases)


class BotActs(Table):
    """Kinds of acts of a bot, as starter bots name them and as they speak in English, German, French, Spanish."""

    fallback: Act = _act(
        "action_default_fallback utter_default utter_fallback utter_ask_rephrase",
        "*didn't get that*", "*didn't understand*", "*don't understand*", "*did not understand*",
        "*nicht verstanden*", "*pas compris*", "*no he entendido*", "*no entiendo*",
    )  # fmt: skip
    error: Act = _act(
        "utter_error utter_internal_error utter_technical_problem",
        "*something went wrong*", "*technical problem*", "*etwas schiefgelaufen*", "*technisches problem*",
        "*problème technique*", "*erreur technique*", "*algo salió mal*", "*problema técnico*",
    )  # fmt: skip
    survey: Act = _act(
        "utter_ask_rating utter_thank_rating utter_ask_feedback utter_thank_feedback utter_survey*",
        "*from 1 to 5*", "*from 1 to 10*", "*rate this chat*", "*rate your experience*", "*for your rating*",
        "*for your feedback*", "*was this helpful*", "*did this help*", "*did that help*",
        "*von 1 bis 5*", "*von 1 bis 10*", "*bewerten sie*", "*ihre bewertung*", "*deine bewertung*",
        "*ihr feedback*", "*dein feedback*", "*war das hilfreich*", "*hat das geholfen*",
        "*de 1 à 5*", "*de 1 à 10*", "*pour votre note*", "*votre avis*", "*votre évaluation*",
        "*cela vous a*aidé*", "*del 1 al 5*", "*de 1 a 5*", "*su valoración*", "*su opinión*",
    )  # fmt: skip
    closing: Act = _act(
        "utter_anything_else utter_ask_anything_else utter_anything_else_* utter_goodbye utter_bye utter_no_worries"
        " utter_youre_welcome",
        "*anything else*?", "*help *something else*?", "you're welcome", "you are welcome", "goodbye*", "bye*",
        "see you*", "have a * day", "*sonst noch*?", "*noch etwas*?", "*etwas anderes*?", "*weiterhelfen?",
        "gern geschehen", "gerne", "bis bald*", "auf wiedersehen*", "tschüss*", "einen schönen tag*",
        "*autre chose*?", "de rien", "avec plaisir", "à bientôt*", "au revoir*", "bonne journée*",
        "*algo más*?", "de nada", "hasta luego*", "hasta pronto*", "adiós*",
    )  # fmt: skip
    greeting: Act = _act(
        "utter_greet* utter_welcome*",
        "*what can i do for you*", "*how can i help*", "*how may i help*", "*where shall we start*",
        "*was kann ich für *tun*", "*wie kann ich *helfen*", "*womit *kann ich *helfen*", "*womit fangen wir an*",
        "*que puis-je faire pour vous*", "*comment puis-je vous aider*", "*par quoi commencer*",
        "*en qué puedo ayudar*", "*qué puedo hacer por*",
    )  # fmt: skip
    question: Act = _act(
        "utter_ask_* action_ask_*",
        "please tell me*", "please enter*", "please provide*", "please choose*", "nennen sie *", "bitte geben sie *",
        "bitte nennen *", "bitte wählen *", "indiquez *", "veuillez indiquer*", "veuillez saisir*", "dígame *",
        "indique *", "por favor, introduzca*",
    )  # fmt: skip
    answer: Act = Act()
