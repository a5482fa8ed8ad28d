"""The digest as plain text and as HTML for mail programs: no script, no picture, nothing fetched, all escaped."""

from __future__ import annotations

from textwrap import fill

from chat_pipeline.digest.contents import Digest

WIDTH = 88
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ digest.subject }}</title></head>
<body style="font-family: sans-serif; line-height: 1.45; color: #1b2733; max-width: 42em; margin: 1.5em auto; padding: 0 1em">
<h1 style="font-size: 1.3em">{{ digest.subject }}</h1>
<p>{{ digest.covered }}</p>
{% for part in digest.parts %}
<h2 style="font-size: 1.1em">{{ part.title }}</h2>
{% if part.lines %}
<ul>
{% for line in part.lines %}
<li>{{ line }}</li>
{% endfor %}
</ul>
{% else %}
<p>{{ part.empty }}</p>
{% endif %}
{% endfor %}
</body>
</html>
"""


def text(digest: Digest) -> str:
    blocks = [digest.subject, digest.covered]
    for part in digest.parts:
        lines = [fill(f"- {line}", WIDTH, subsequent_indent="  ") for line in part.lines]
        blocks.append("\n".join([part.title, *(lines or [part.empty])]))
    return "\n\n".join(blocks) + "\n"


def html(digest: Digest) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(PAGE).render(digest=digest)
