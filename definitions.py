"""Dagster's door: composition only."""

from entropy_assets.defs.build import build_defs

defs = build_defs()
