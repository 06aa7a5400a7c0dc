"""The fault suite: kills, disorder and crowds, and what must hold after each of them.

`python -m benchmarks.faults --kills 120`, or `make faults`; its small form is `tests/faults`.

A process is killed at a chosen write to the store or to Dagster's database (`moments`). Then another drop
and the same one are run as a person would, and nothing is cleaned by hand. Each drop must be decided, once,
and the bytes of ledger and versions must be those of an undisturbed replay (`world`).
"""
