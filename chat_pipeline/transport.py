"""How the project speaks to the outside: a webhook and an e-mail server, as `[notices]` of settings name them.

What is said, and when, is decided by `notices.py` and `digest/`.
"""

from __future__ import annotations

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from chat_pipeline.settings.operations import smtp_password, webhook_of

if TYPE_CHECKING:
    from chat_pipeline.settings.operations import Notices

PATIENCE = 20.0


@dataclass(frozen=True)
class Message:
    """`html` is the same as `text`, for mail programs that show it; `fields` go to the webhook beside the text."""

    subject: str
    text: str
    html: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


def deliver(
    notices: Notices, message: Message, recipients: Sequence[str], *, webhook: bool = True
) -> list[str]:
    """Send a message to the webhook, if settings name one, and to the recipients; returns the ways that failed,
    with the reason."""
    undelivered = []
    if webhook and (address := webhook_of(notices)):
        try:
            _post(address, message)
        except (OSError, ValueError) as error:  # the address itself may be a secret: it is not repeated
            undelivered.append(f"the webhook did not take the message: {_reason(error)}")
    if recipients:
        try:
            _mail(notices, message, recipients)
        except (OSError, smtplib.SMTPException) as error:
            undelivered.append(f"{notices.smtp_host} did not take the e-mail: {_reason(error)}")
    return undelivered


def _post(address: str, message: Message) -> None:
    body = {"text": message.text, **message.fields}
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=PATIENCE):
        pass


def _mail(notices: Notices, message: Message, recipients: Sequence[str]) -> None:
    mail = EmailMessage()
    # A folder's name may hold a line break, a header must not.
    mail["Subject"] = " ".join(message.subject.split())
    mail["From"] = notices.email_from
    mail["To"] = ", ".join(recipients)
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    with smtplib.SMTP(notices.smtp_host, notices.smtp_port, timeout=PATIENCE) as server:
        if notices.smtp_tls:
            server.starttls()
        if notices.smtp_user:
            server.login(notices.smtp_user, smtp_password())
        server.send_message(mail)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    return f"{type(error).__name__}: {getattr(error, 'reason', None) or getattr(error, 'strerror', None) or 'no connection'}"
