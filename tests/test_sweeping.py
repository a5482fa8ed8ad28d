"""What a run sweeps at its end, and what it leaves."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from dagster import DagsterRunStatus

from chat_pipeline import resources
from chat_pipeline.home import Home
from chat_pipeline.publish import sweep_versions
from chat_pipeline.sweeping import sweep_logs

NOW = datetime(2026, 11, 20, 4)


def test_old_logs_go_and_what_a_link_points_to_stays(home: Home, tmp_path):
    (home.logs / "below").mkdir(parents=True)
    outside = tmp_path / "mine.txt"
    for name, days in (("old.log", 100), ("below/old.log", 91), ("dbt.log", 1)):
        file = home.logs / name
        file.write_text("x")
        stamp = (NOW - timedelta(days=days)).replace(tzinfo=UTC).timestamp()
        os.utime(file, (stamp, stamp))
    outside.write_text("x")
    os.utime(outside, (0, 0))
    (home.logs / "link").symlink_to(outside)
    assert sweep_logs(home, NOW - timedelta(days=90)) == ["below/old.log", "old.log"]
    assert (home.logs / "dbt.log").exists()
    assert outside.exists()


def test_fewer_publications_to_keep_take_effect_without_a_new_one(home: Home):
    for number in range(1, 5):
        (home.marts / "versions" / str(number)).mkdir(parents=True)
    home.current.symlink_to("versions/2")
    sweep_versions(home, 1)
    assert sorted(folder.name for folder in (home.marts / "versions").iterdir()) == ["2", "4"]


def test_old_runs_go_with_their_logs_and_unfinished_ones_stay(home: Home, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    from dagster import job, op

    @op
    def nothing():
        pass

    @job
    def small():
        nothing()

    with resources.home_instance(home) as instance:
        first, last = (small.execute_in_process(instance=instance).run_id for _ in range(2))
        waiting = instance.create_run_for_job(small).run_id
        instance.report_run_canceling(instance.get_run_by_id(waiting))
        files = list(home.dagster.glob(f"history/runs/{first}.db*"))
        assert files
        (home.dagster / "storage" / first).mkdir(parents=True, exist_ok=True)
        between = instance.get_run_record_by_id(last).create_timestamp
        assert resources.sweep_runs(instance, home, between) == [first]
        assert not any(file.exists() for file in files)
        assert not (home.dagster / "storage" / first).exists()
        assert instance.get_run_by_id(first) is None
        assert instance.get_run_by_id(last).status == DagsterRunStatus.SUCCESS
        assert resources.sweep_runs(instance, home, datetime.now(UTC) + timedelta(days=1)) == [last]
        assert instance.get_run_by_id(waiting)
