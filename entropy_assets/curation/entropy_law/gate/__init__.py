"""The gate: all rules, the reasons that follow from them, and the verdict.

Read in this order: `rules`, `reasons`, `verdict`, `screened` (the counts of screening), `corrected` (those of
corrections), `naming` (where the suspects stand). It sees measurements alone, and never a record.
"""
