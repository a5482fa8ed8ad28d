"""Runs the generator: the shop first, then each vendor's files, then the truth."""

from __future__ import annotations

import importlib
import json
import pkgutil
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.demo.files import Exports
    from chat_pipeline.demo.shop import Shop

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
    effects: bool = True,
    progress: Callable[[str], None] | None = None,
) -> DemoSummary:
    """Write the demo shop below `home_root`; replaces an earlier demo there, never other exports.

    `conversations` start in the `days` local days up to `end_date`; all else scales with them. Without
    `effects` nothing has an influence on anything: whatever differs between periods, arms, intents,
    segments or visits with and without a chat is chance, or what a platform's export can't show.
    """
    if conversations < LEAST_CONVERSATIONS or days < LEAST_DAYS:
        raise ValueError(f"the demo needs at least {LEAST_CONVERSATIONS} conversations and {LEAST_DAYS} days")
    from chat_pipeline.demo.files import Exports
    from chat_pipeline.demo.shop import make_shop
    from chat_pipeline.demo.truth import write_truth

    tell = progress or (lambda _: None)
    exports = Exports(_emptied(home_root))
    tell(f"inventing people, orders and {conversations} conversations")
    shop = make_shop(seed, conversations, days, end_date, effects)
    for source, write in writers().items():
        tell(f"writing exports of {source}")
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


def writers() -> dict[str, Callable[[Shop, Exports], None]]:
    """By source: what writes its exports. A module here that is called like a source offers `write`."""
    from chat_pipeline.sources import discover

    here = {module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])}
    names = sorted(here & set(discover()))
    return {name: importlib.import_module(f"chat_pipeline.demo.{name}").write for name in names}


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
