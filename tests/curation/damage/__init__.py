"""Tests of the room `curation.damage`."""
