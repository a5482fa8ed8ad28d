"""Dagster's view of the pipeline: each module wraps one station. No rule about the data lives here."""
