"""Dagster's door: composition only."""
