"""Who is told, of what, and how often; over a real web server and a real mail server on this machine."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chat_pipeline import notices
from chat_pipeline.home import Home
from chat_pipeline.settings import Settings
from chat_pipeline.settings.operations import SMTP_PASSWORD, WEBHOOK

AT = datetime(2026, 11, 20, 4, 10)
HELD = {
    "name": "rasa",
    "instance": "default",
    "files": [{"path": "a b.jsonl", "state": "held", "reason": "ada@example.test"}],
}


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    server = HTTPServer if issubclass(handler, BaseHTTPRequestHandler) else socketserver.TCPServer
    with server(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield running.server_address[1]
        running.shutdown()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What the home's status says of its sources; to be filled."""
    sources: list[dict] = []
    monkeypatch.setattr(notices, "status", lambda home, settings: {"sources": sources})
    return sources


def settings(**keys: object) -> Settings:
    return Settings.model_validate({"notices": keys})


def test_a_webhook_gets_what_is_held_and_stale_but_no_reason_of_a_file(
    home: Home, looks: list[dict], monkeypatch
):
    got: list[dict] = []

    class Web(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format, *args):
            pass

    looks.append(HELD)
    monkeypatch.setattr(
        notices, "stale_sources", lambda *_: ["ga4 (default): newest data of 2026-11-01 00:00 UTC"]
    )
    checks = ["rasa/events: confidences_are_shares", "ga4/events: fresh"]
    with serving(Web) as port:
        monkeypatch.setenv(WEBHOOK, f"http://127.0.0.1:{port}/secret")
        assert notices.tell(home, settings(), failed_checks=checks, run_id="r1", at=AT) == []
    assert got[0]["problems"] == [
        "held: rasa/a b.jsonl",
        "stale: ga4 (default): newest data of 2026-11-01 00:00 UTC",
        "failed check: rasa/events: confidences_are_shares",
    ]
    assert "3 to look at" in got[0]["text"]
    assert "ada@example.test" not in json.dumps(got)
    assert "held: rasa/a b.jsonl" in (home.logs / "notices-2026-11.log").read_text()


def test_an_e_mail_is_sent(home: Home, looks: list[dict], monkeypatch):
    got: list[str] = []

    class Mail(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline().decode().strip().upper():
                if line == "DATA":
                    self.wfile.write(b"354 go\r\n")
                    while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        got.append(text)
                self.wfile.write(b"221 bye\r\n" if line == "QUIT" else b"250 ok\r\n")
                if line == "QUIT":
                    return

    monkeypatch.setenv(SMTP_PASSWORD, "unused without a user")
    with serving(Mail) as port:
        chosen = settings(
            email_to=["ops@shop.test", "me@shop.test"],
            email_from="chat@shop.test",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_tls=False,
        )
        assert notices.tell(home, chosen, failures=["warehouse: dbt could not build x"], at=AT) == []
    text = "\n".join(got)
    assert "To: ops@shop.test, me@shop.test" in text
    assert "failed: warehouse: dbt could not build x" in text


def test_what_stays_is_told_again_only_after_a_while_and_what_comes_back_at_once(
    home: Home, looks: list[dict]
):
    log = home.logs / "notices-2026-11.log"

    def told(days: float) -> bool:
        before = log.read_text() if log.is_file() else ""
        notices.tell(home, settings(remind_every="3d"), at=AT + timedelta(days=days))
        return (log.read_text() if log.is_file() else "") != before

    assert not told(0)
    looks.append(HELD)
    assert [told(1), told(2), told(3.5), told(4)] == [True, False, False, True]
    looks.clear()
    assert not told(5)
    looks.append(HELD)
    assert told(5.1)
    looks[0] = {**HELD, "files": [*HELD["files"], {"path": "b.jsonl", "state": "unreadable"}]}
    assert told(5.2)


def test_a_failed_run_is_told_every_time(home: Home, looks: list[dict]):
    for _ in range(2):
        notices.tell(home, settings(), failures=["publish: disk full"], at=AT)
    assert (home.logs / "notices-2026-11.log").read_text().count("publish: disk full") == 2


def test_what_could_not_be_delivered_is_said_without_the_address_and_tried_again(
    home: Home, looks: list[dict], monkeypatch
):
    looks.append(HELD)
    monkeypatch.setenv(WEBHOOK, "http://127.0.0.1:1/secret-token")
    for _ in range(2):
        undelivered = notices.tell(home, settings(), at=AT)
        assert len(undelivered) == 1
        assert "webhook did not take" in undelivered[0]
        assert "secret" not in undelivered[0]


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ({"webhook": "hooks.example"}, "no web address"),
        ({"email_to": ["ops"]}, "no e-mail address"),
        ({"email_to": ["a@b.test"], "email_from": "c@d.test"}, "smtp_host"),
        ({"email_to": ["a@b.test\r\nBcc: x@y.test"]}, "no e-mail address"),
    ],
)
def test_settings_that_reach_nobody_are_refused(tmp_path, keys, wrong):
    from chat_pipeline.settings import SettingsError, load_settings

    file = tmp_path / "chat_pipeline.toml"
    file.write_text("[notices]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items()))
    with pytest.raises(SettingsError, match=wrong):
        load_settings(file)


def test_settings_around_the_runs_make_nothing_new():
    assert settings(remind_every="1d").digest() == Settings().digest()
    assert Settings.model_validate({"publish": {"keep": 2}}).digest() != Settings().digest()
