"""Curate LLM training data on Dagster, with an entropy-law gate on every dataset version."""
