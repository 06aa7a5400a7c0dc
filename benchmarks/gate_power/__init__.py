"""How many bad drops the gate holds, and how many good ones it holds by mistake.

Read in this order: `faults` (what can be wrong with a drop), `worlds` (pools and the drops that come to
them), `verdicts` (one drop through the whole graph), `table` (rates, intervals, the picture).
"""
