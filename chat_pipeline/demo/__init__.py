"""The demo shop: a seeded generator of one consistent made-up shop in the vendors' own export shapes.

`generate` writes `<home>/exports/` and, for tests, `<home>/truth/`; `write_demo_settings` the settings
that fit. The same arguments give the same bytes and modification times; nothing reads the clock.
"""

from __future__ import annotations

from chat_pipeline.demo.generate import SMALL, DemoSummary, generate
from chat_pipeline.demo.settings_file import write_demo_settings

__all__ = ["SMALL", "DemoSummary", "generate", "write_demo_settings"]
