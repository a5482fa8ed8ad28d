"""Settings of what goes on around the runs: who is told of trouble, and what is swept when.

None of them changes a number. Secrets stand in the environment, not in the file.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from chat_pipeline.settings.fields import Duration, Table, Texts, fault, faults, shown

WEBHOOK, SMTP_PASSWORD = "CHAT_PIPELINE_WEBHOOK", "CHAT_PIPELINE_SMTP_PASSWORD"


def check_addresses(addresses: Texts) -> None:
    for address in addresses:
        if address and ("@" not in address or any(sign in address for sign in "\r\n")):
            raise fault(f"{shown(address)} is no e-mail address", 'write one such as "ops@shop.example"')


class Notices(Table):
    """Who is told of a run that failed, and of what is held, unreadable, stale or failed in one that ended well.
    What stays as it is, is told again after `remind_every`. The e-mail server speaks STARTTLS unless `smtp_tls` says otherwise."""

    webhook: str = ""
    email_to: Texts = ()
    email_from: str = ""
    smtp_host: str = ""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_user: str = ""
    smtp_tls: bool = True
    remind_every: Duration = timedelta(days=7)

    @field_validator("webhook")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise fault(f"{shown(value)} is no web address", "write one that begins with https://")
        return value

    @field_validator("email_to", "email_from")
    @classmethod
    def _check_mail(cls, value: Texts | str) -> Texts | str:
        check_addresses((value,) if isinstance(value, str) else value)
        return value

    @model_validator(mode="after")
    def _check_server(self) -> Notices:
        needed = {"email_from": self.email_from, "smtp_host": self.smtp_host} if self.email_to else {}
        missing = [
            (key, "is missing, but email_to is set", "name it") for key, value in needed.items() if not value
        ]
        if missing:
            raise faults(missing)
        return self


class Report(Table):
    """`keep`: dated reports that stay beside the latest. `conversation_log`: rows of that sheet of the workbook, the
    newest conversations; 0: no such sheet. `digest`: how often it is sent, and to whom, over the e-mail server and
    the webhook of `[notices]`."""

    keep: Annotated[int, Field(ge=1)] = 30
    conversation_log: Annotated[int, Field(ge=0, le=100_000)] = 5000
    digest: Literal["nightly", "weekly", "two-weekly"] = "weekly"
    digest_to: Texts = ()
    digest_to_webhook: bool = False

    @field_validator("digest_to")
    @classmethod
    def _check_mail(cls, value: Texts) -> Texts:
        check_addresses(value)
        return value


class Retention(Table):
    """How long `logs/` and the runs in Dagster's event log are kept; the publications: `[publish] keep`."""

    logs: Duration = timedelta(days=90)
    runs: Duration = timedelta(days=90)


def webhook_of(notices: Notices) -> str:
    """The webhook's address: often a secret itself, so the environment goes first."""
    return os.environ.get(WEBHOOK, "") or notices.webhook


def smtp_password() -> str:
    return os.environ.get(SMTP_PASSWORD, "")
