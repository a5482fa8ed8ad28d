"""10,000 small files of a Bot Framework blob store, an activity in each."""

from __future__ import annotations

import json
import random
from pathlib import Path

from bench.files import SEED
from bench.measure import Bench
from bench.records_chat import activity
from bench.words import moment

COUNT = 10_000
EPOCH_TICKS = 621_355_968_000_000_000


def write_blobs(folder: Path, count: int = COUNT) -> list[Path]:
    """As the store names them: channel, conversation, ticks and id."""
    rng = random.Random(SEED)
    found = []
    for number in range(count):
        record = activity(rng, number)
        ticks = EPOCH_TICKS + int(moment(number).timestamp() * 10_000_000)
        conversation = folder / "directline" / record["conversation"]["id"]
        conversation.mkdir(parents=True, exist_ok=True)
        path = conversation / f"{ticks:x}-{record['id'].replace('|', '%7C')}.json"
        path.write_text(json.dumps(record), encoding="utf-8")
        found.append(path)
    return found


def measure_blobs(bench: Bench) -> str:
    with bench.home_with("bot_framework", write_blobs) as (home, paths):
        seconds, rows = bench.extraction(home, "bot_framework", "activity")
    return (
        f"{len(paths):,} files of one activity each, {rows:,} rows: {seconds.wall:.1f} s ({seconds.cpu:.1f} s of CPU),"
        f" of at most 60 s."
    )
