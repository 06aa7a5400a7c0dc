"""Tests of the floor `entropy_assets.candidate`."""
