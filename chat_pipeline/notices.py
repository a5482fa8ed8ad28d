"""Who is told of trouble, and what: a line in `logs/`, a webhook, an e-mail.

Told are runs that failed, and what of a good run needs a look: held, unreadable, stale, failed checks.
Names of files, checks and sources only; no values of data.
"""

from __future__ import annotations

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING

from chat_pipeline.home import Home
from chat_pipeline.settings.operations import smtp_password, webhook_of
from chat_pipeline.status import needs_a_look, stale_marts, stale_sources, status

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings
    from chat_pipeline.settings.operations import Notices

PATIENCE = 20.0
STATE_NAME = "notices.json"


@dataclass(frozen=True)
class Notice:
    """What is told of one run. `failures`: why it was not published; `problems`: what needs a look."""

    home: str
    run_id: str
    failures: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def subject(self) -> str:
        if self.failures:
            return f"chat-pipeline: not published ({self.home})"
        return f"chat-pipeline: {len(self.problems)} to look at ({self.home})"

    @property
    def text(self) -> str:
        lines = [*(f"failed: {failure}" for failure in self.failures), *self.problems]
        return "\n".join([self.subject, *(f"- {line}" for line in lines), f"run {self.run_id or '-'}"])


def problems_of(home: Home, settings: Settings, at: datetime, failed_checks: Iterable[str] = ()) -> list[str]:
    """What needs somebody's look at `at` (UTC), in the order of urgency."""
    files = [
        f"{file['state']}: {source}/{file['path']}" for source, file in needs_a_look(status(home, settings))
    ]
    late = [
        f"stale: {line}" for line in [*stale_marts(home, settings, at), *stale_sources(home, settings, at)]
    ]
    # A late source says so itself, with more than the check's name.
    checks = [f"failed check: {name}" for name in sorted(failed_checks) if not name.endswith(": fresh")]
    return [*files, *late, *checks]


def tell(
    home: Home,
    settings: Settings,
    *,
    failures: Iterable[str] = (),
    failed_checks: Iterable[str] = (),
    run_id: str = "",
    at: datetime | None = None,
) -> list[str]:
    """Tell of a run, if there is anything new to tell; returns what could not be delivered, and why.

    A failed run is always told. What needs a look is told when it changes, and again after `remind_every`.
    """
    at = at or datetime.now(UTC).replace(tzinfo=None)
    failures = tuple(failures)
    problems = tuple(problems_of(home, settings, at, failed_checks))
    if not failures and not _is_due(home, settings.notices, problems, at):
        return []
    notice = Notice(str(home.root), run_id, failures, problems)
    _write_log(home, notice.text, at)
    undelivered = deliver(settings.notices, notice)
    for line in undelivered:
        _write_log(home, line, at)
    if not undelivered:
        _remember(home, problems, at)
    return undelivered


def deliver(notices: Notices, notice: Notice) -> list[str]:
    """Send a notice over every way that settings name; returns the ways that failed, with the reason."""
    undelivered = []
    if address := webhook_of(notices):
        try:
            _post(address, notice)
        except (OSError, ValueError) as error:  # the address itself may be a secret: it is not repeated
            undelivered.append(f"the webhook did not take the notice: {_reason(error)}")
    if notices.email_to:
        try:
            _mail(notices, notice)
        except (OSError, smtplib.SMTPException) as error:
            undelivered.append(f"{notices.smtp_host} did not take the e-mail: {_reason(error)}")
    return undelivered


def _post(address: str, notice: Notice) -> None:
    body = {
        "text": notice.text,
        "home": notice.home,
        "run": notice.run_id,
        "failures": notice.failures,
        "problems": notice.problems,
    }
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=PATIENCE):
        pass


def _mail(notices: Notices, notice: Notice) -> None:
    message = EmailMessage()
    # A folder's name may hold a line break, a header must not.
    message["Subject"] = " ".join(notice.subject.split())
    message["From"] = notices.email_from
    message["To"] = ", ".join(notices.email_to)
    message.set_content(notice.text)
    with smtplib.SMTP(notices.smtp_host, notices.smtp_port, timeout=PATIENCE) as server:
        if notices.smtp_tls:
            server.starttls()
        if notices.smtp_user:
            server.login(notices.smtp_user, smtp_password())
        server.send_message(message)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    return f"{type(error).__name__}: {getattr(error, 'reason', None) or getattr(error, 'strerror', None) or 'no connection'}"


def _is_due(home: Home, notices: Notices, problems: tuple[str, ...], at: datetime) -> bool:
    file = home.state / STATE_NAME
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"problems": [], "at": ""}
    if list(problems) == told["problems"]:
        return bool(problems) and at - datetime.fromisoformat(told["at"]) >= notices.remind_every
    if not problems:  # mended: when it comes back, it is news
        file.unlink()
    return bool(problems)


def _remember(home: Home, problems: tuple[str, ...], at: datetime) -> None:
    home.state.mkdir(parents=True, exist_ok=True)
    aside = home.state / f"{STATE_NAME}.new"
    aside.write_text(json.dumps({"problems": problems, "at": at.isoformat()}), encoding="utf-8")
    aside.replace(home.state / STATE_NAME)


def _write_log(home: Home, text: str, at: datetime) -> None:
    """A file per month, so that old ones can be swept."""
    home.logs.mkdir(parents=True, exist_ok=True)
    with (home.logs / f"notices-{at:%Y-%m}.log").open("a", encoding="utf-8") as log:
        log.write(f"{at:%Y-%m-%d %H:%M} {text}\n")
