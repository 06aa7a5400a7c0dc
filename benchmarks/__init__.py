"""Benchmarks and slow checks: one question a file, each a command."""
