"""Screening: which records must not enter the pool, each with what was found in it."""
