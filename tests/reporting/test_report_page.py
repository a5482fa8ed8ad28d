"""The page as text: whatever a name, a message or a file says, it stays text."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import duckdb
import pytest
from handmade_published import Published

from chat_pipeline.reporting.render import embedded

HOSTILE = (
    "</script><script>window.hit=true</script>",
    "<img src=x onerror=window.hit=true>",
    "\"'><svg onload=window.hit=true><style>*{display:none}</style>",
    "</title></style><link rel=stylesheet href=//evil.example/x.css>",
    "<!--<script>\u2028{{ 7 * 7 }} javascript:window.hit=true",
)


class Elements(HTMLParser):
    """Elements with their attributes, and the text of script elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._in_script = False

    def handle_data(self, data):
        if self._in_script:
            self.scripts[-1] += data


@pytest.mark.parametrize("text", HOSTILE)
def test_json_in_the_page_cannot_leave_its_element(text):
    shown = embedded({"said": text, "of": [text, 1, None]})
    assert json.loads(shown) == {"said": text, "of": [text, 1, None]}
    assert not set("<>&\u2028\u2029") & set(shown)


def hostile_shop(published: Published, text: str) -> None:
    published.define("conversation_rate")
    row = {"numerator": 3, "denominator": 40}
    published.metric("conversation_rate", "2026-02-23", **row)
    published.metric("conversation_rate", "2026-02-23", dimension="platform", dimension_value=text, **row)
    insight = dict.fromkeys(("kind", "severity", "title", "text", "advice", "evidence", "value"), text)
    published.add("analytics.insights", {"insight_key": "i", "rank": 1, **insight})
    published.add("analytics.insight_conversations", {"insight_key": "i", "conversation_key": "aa01"})
    published.add(
        "marts.fct_conversations",
        {"conversation_key": "aa01", "platform": text, "message_count": 1, "primary_intent": text},
    )
    published.add(
        "marts.fct_messages",
        {"conversation_key": "aa01", "text": text, "author": "user", "sequence": 1, "intent": text},
    )
    published.add(
        "marts.unanswered_questions",
        {
            "question_key": "q",
            "question": text,
            "platform": text,
            "conversation_count": 1,
            "last_intent": text,
        },
    )
    published.add("marts.source_files", {"source": "rasa", "path": text, "state": "held", "reason": text})
    published.add(
        "analytics.source_freshness", {"source": text, "instance": text, "cutoff_at": "2026-03-01 10:00:00"}
    )
    published.add(
        "analytics.annotations",
        {"from_date": "2026-02-23", "to_date": "2026-02-23", "kind": text, "text": text},
    )
    published.add(
        "analytics.objectives", {"objective": text, "metric": "csat", "status": text, "by_date": "2026-12-01"}
    )


def test_what_others_wrote_stays_text_everywhere(published, settings, page):
    hostile_shop(published, " ".join(HOSTILE))
    html = page(published.report(settings))
    found = Elements(html)
    # The data and the two scripts.
    assert [attributes.get("type") for tag, attributes in found.tags if tag == "script"] == [
        "application/json",
        None,
        None,
    ]
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    assert {tag for tag, _ in found.tags}.isdisjoint({"img", "svg", "iframe", "object", "embed", "base"})
    assert [attributes["href"] for tag, attributes in found.tags if tag == "link"] == ["data:,"]
    assert all(attributes["href"].startswith("#") for tag, attributes in found.tags if tag == "a")
    assert "{{ 7 * 7 }}" in html
    assert HOSTILE[0] in json.loads(found.scripts[0])["pages"]["conversations"]["aa01"]["talk"][0][2]


def test_the_policy_names_the_scripts_and_styles_of_the_page_and_nothing_else(published, settings, page):
    html = page(published.report(settings))
    found = Elements(html)
    policy = next(a["content"] for tag, a in found.tags if tag == "meta" and a.get("http-equiv"))
    assert policy is not None
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in found.scripts[1:]]
    assert f"script-src {' '.join(hashes)};" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.findall(r"\sstyle=", html.partition("<script")[0])


def test_the_page_holds_no_personal_data_of_those_it_names(demo_home_once, settings, page):
    """Of the demo shop, read as it is published: no e-mail, phone or name of a customer stands in its report."""
    from chat_pipeline.reporting.head import Stand
    from chat_pipeline.reporting.whole import whole_report

    report = whole_report(demo_home_once.published, settings, Stand(1, "2026-11-22T04:00:00+00:00", None))
    assert report.pages > 20
    html = page(report)
    assert len(html) < 5_000_000
    told = json.dumps(
        [report.details, report.head, [vars(section) for section in report.sections]], default=str
    )
    with duckdb.connect(str(demo_home_once.published), read_only=True) as con:
        found = con.execute(
            "select identifier_value from marts.customer_identities where identifier_type in ('email', 'phone')"
        ).fetchall()
        assert not [value for (value,) in found if value in told]
        people = con.execute(
            "select customer_key, last_name from marts.dim_customers where last_name is not null"
        ).fetchall()
    talks = report.details["conversations"].values()
    for key, name in people:
        own = json.dumps([talk["talk"] for talk in talks if talk["customer_key"] == key])
        assert not re.search(rf"\b{re.escape(name)}\b", own)
