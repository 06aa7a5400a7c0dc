"""The gate: rules, the reasons to hold that follow from them, and the verdict.

Read in this order: `rules`, `reasons`, `verdict`, `screened` (the counts of screening). It sees measurements
alone, and never a record.
"""
