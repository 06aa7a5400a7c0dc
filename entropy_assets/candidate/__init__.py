"""The candidate pipeline, a floor of its own between the library and Dagster: one module a step."""
