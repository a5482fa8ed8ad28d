"""The part of docs/performance.md on whole builds, all ratios from the same run."""

from __future__ import annotations

from bench.builds.figures import Found, one_day_more, ratios, shares
from bench.builds.shop import DAY_CONVERSATIONS, HISTORY_DAYS
from bench.document import write_part

INTRO = f"""`make bench-builds SIZES="60000 250000 1000000"` writes a made-up shop's exports of all sources (so many conversations
of about ten messages in {HISTORY_DAYS} days, a third as many people, a web visit per conversation, an order for every
fourth), syncs them with `chat-pipeline sync` in a process of its own, and does the same work without it in the same
run. DuckDB may use 4 GB (`engine.memory_limit`). CPU is that of all threads, and the fairer figure on a machine that
does other work. What a size has done is kept in `data/bench/<size>/results.json`; a run that was ended goes on there.

- **The copy**: each file's own columns to Parquet by DuckDB, nested ones as JSON text, types found beforehand.
- **The script by hand** (`bench/builds/by_hand.sql`): from the same raw files the same core tables (messages,
  conversations, customers joined over all sources, orders, web sessions, eleven metrics per day and platform), for
  this shop alone. The build it is compared with is all models with their tests, all analytics tables, sentiment of each
  text, and publishing: far more tables than the script's six.
- **pandas** and **dlt** read the same files to Parquet and to a DuckDB file; neither checks, numbers or compares rows.
  dlt without options makes tables of the lists inside records (raw's events are such a table); *spared* it makes none,
  gets tables of Arrow where the file is one, and loads Parquet.
- **The day more** is {DAY_CONVERSATIONS} conversations with their visits, orders, tickets and contacts, at every size the same.

Stages are told by the run's event log, their CPU by samples of /proc; peak memory is the kernel's (ru_maxrss)."""
SHARES = """**The first sync's CPU by stage**, its share, and the power with which it grows from the smallest size (1.00: in step with
the conversations, the aim; below: a fixed part)."""
DAY = """**One day more.** What is new goes through the extraction and the incremental models; what looks at everybody and all
days is made anew."""


def write_page(found: Found) -> None:
    """All sizes whose first sync and script are done; the day more where that is done too."""
    whole = {size: found[size] for size in sorted(found) if "by_hand" in found[size]}
    days = {size: results for size, results in whole.items() if "day" in results}
    if whole:
        parts = [INTRO, ratios(whole), SHARES, shares(whole), _dearest(whole)]
        parts += [DAY, one_day_more(days)] if days else []
        write_part("builds", "\n\n".join([*parts, _machines(whole)]))


def _dearest(found: Found) -> str:
    largest = found[max(found)]["first"]
    told = (
        ", ".join(f"`{name}` {seconds:.0f}" for name, seconds in largest[kind].items())
        for kind in ("models", "tables")
    )
    return "**Dearest at {:,}**, wall s: models {}; analytics tables {}.".format(max(found), *told)


def _machines(found: Found) -> str:
    machines = {one["machine"] for results in found.values() for one in results.values()}
    return "\n".join(sorted(machines))
