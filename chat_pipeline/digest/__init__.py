"""The digest: what changed, what needs a look, what was held, short enough for a mail.

`contents.py` reads the published file, `page.py` makes text and HTML of it, `due.py` says when it is sent. It is
written after every publication; sent once per night, week or two weeks of the data, over the notices' transport.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings

TEXT, HTML = "digest.txt", "digest.html"


@dataclass(frozen=True)
class WrittenDigest:
    """What was written. `sent`: in words, what became of sending it; `problem`: what could not be delivered."""

    path: Path
    version: int
    seconds: float
    sent: str
    problem: str = ""


def write_and_send(home: Home, settings: Settings) -> WrittenDigest:
    """Makes `reports/digest.txt` and `digest.html` of what is published, and sends them if they are due. The caller
    holds the lock. What could not be sent is tried again with the next run."""
    from chat_pipeline.digest.contents import digest
    from chat_pipeline.digest.due import is_due, remember
    from chat_pipeline.digest.page import html, text
    from chat_pipeline.engine import memory_limit
    from chat_pipeline.publish import current_publication
    from chat_pipeline.reporting import NothingPublished
    from chat_pipeline.reporting.files import put_file
    from chat_pipeline.reporting.published import opened
    from chat_pipeline.settings.operations import webhook_of
    from chat_pipeline.transport import Message, deliver

    begun = time.perf_counter()
    publication = current_publication(home)
    if publication is None:
        raise NothingPublished("nothing is published yet: run `chat-pipeline sync`")
    with opened(home.published, memory_limit(settings)) as con:
        made = digest(con, settings)
    put_file(home, TEXT, text(made).encode())
    path = put_file(home, HTML, html(made).encode())
    chosen = settings.report
    to_webhook = chosen.digest_to_webhook and bool(webhook_of(settings.notices))
    undelivered: list[str] = []
    if not chosen.digest_to and not to_webhook:
        sent = "to nobody: settings name no recipients"
    elif not is_due(home, chosen.digest, made.cutoff):
        sent = f"not due: one goes out {chosen.digest}"
    else:
        message = Message(made.subject, text(made), html(made))
        undelivered = deliver(settings.notices, message, chosen.digest_to, webhook=to_webhook)
        sent = "not sent" if undelivered else "sent"
        if not undelivered:
            remember(home, chosen.digest, made.cutoff)
    again = "the next run tries again"
    problem = f"the digest could not be sent, {again}: {'; '.join(undelivered)}" if undelivered else ""
    return WrittenDigest(path, publication.version, time.perf_counter() - begun, sent, problem)
