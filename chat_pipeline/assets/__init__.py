"""Dagster's view of the pipeline: each module wraps one station. No rule about the data lives here."""

from chat_pipeline.collecting import collect_rarely

# Before dagster-dbt is imported, also by Dagster's own processes.
collect_rarely()
