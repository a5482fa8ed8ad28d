"""Runs the generator: the shop first, then each vendor's files, then the truth."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

END = date(2026, 11, 15)
# What `--small` means: arguments for `generate`.
SMALL = {"conversations": 300, "days": 30}
LEAST_CONVERSATIONS = 50
LEAST_DAYS = 20
SHOWN = ("people", "conversations", "web_sessions", "web_events", "orders", "contacts", "tickets")


@dataclass(frozen=True)
class DemoSummary:
    """What was generated: folders, number of files, their bytes, broken rows and files, and totals by name."""

    exports: Path
    truth: Path
    files: int
    size: int
    broken: int
    totals: dict[str, int]

    def __str__(self) -> str:
        counted = ", ".join(f"{self.totals[name]:,} {name.replace('_', ' ')}" for name in SHOWN)
        return (
            f"{self.files} files ({self.size / 1e6:.0f} MB) in {self.exports}: {counted}; "
            f"{self.broken} rows or files broken on purpose; what is true is in {self.truth}"
        )


def generate(
    home_root: Path,
    *,
    conversations: int = 20_000,
    days: int = 120,
    seed: int = 7,
    end_date: date = END,
    progress: Callable[[str], None] | None = None,
) -> DemoSummary:
    """Write the demo shop below `home_root`; replaces an earlier demo there, never other exports.

    `conversations` start in the `days` local days up to `end_date`; all else scales with them.
    """
    if conversations < LEAST_CONVERSATIONS or days < LEAST_DAYS:
        raise ValueError(f"the demo needs at least {LEAST_CONVERSATIONS} conversations and {LEAST_DAYS} days")
    from chat_pipeline.demo.bot_framework import write_bot_framework
    from chat_pipeline.demo.chat_table import write_chat_table
    from chat_pipeline.demo.files import Exports
    from chat_pipeline.demo.ga4 import write_ga4
    from chat_pipeline.demo.hubspot import write_hubspot
    from chat_pipeline.demo.rasa import write_rasa
    from chat_pipeline.demo.shop import make_shop
    from chat_pipeline.demo.shopify import write_shopify
    from chat_pipeline.demo.truth import write_truth

    tell = progress or (lambda _: None)
    exports = Exports(_emptied(home_root))
    tell(f"inventing people, orders and {conversations} conversations")
    shop = make_shop(seed, conversations, days, end_date)
    for write in (write_shopify, write_hubspot, write_rasa, write_bot_framework, write_chat_table, write_ga4):
        tell(f"writing exports of {write.__name__.removeprefix('write_')}")
        write(shop, exports)
    tell("writing the truth")
    totals = write_truth(shop, exports, home_root / "truth")
    shop.con.close()
    (home_root / "truth" / "files.json").write_text(
        json.dumps(sorted(exports.written), indent=1), encoding="utf-8"
    )
    size = sum((exports.root / name).stat().st_size for name in exports.written)
    return DemoSummary(
        exports.root, home_root / "truth", len(exports.written), size, len(exports.broken), totals
    )


def _emptied(home_root: Path) -> Path:
    """The folder for exports, without the files of an earlier demo (which its truth lists)."""
    exports, truth = home_root / "exports", home_root / "truth"
    listed = truth / "files.json"
    if listed.exists():
        for name in json.loads(listed.read_text(encoding="utf-8")):
            (exports / name).unlink(missing_ok=True)
        shutil.rmtree(truth)
    if exports.exists() and any(path.is_file() for path in exports.rglob("*")):
        raise FileExistsError(f"{exports} holds other exports: make the demo in an empty home")
    exports.mkdir(parents=True, exist_ok=True)
    return exports
