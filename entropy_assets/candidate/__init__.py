"""The pipeline of a candidate: one module a step, typed manifests between them; runs without Dagster."""
