"""The entropy law: R and L of a selection, the line L(R) on the parent's own data, and its track record.

Read in this order: `calibration` (the subsets that the law is fitted on), `fit` (L as a function of R),
`candidate` (the selection against its parent's), `track_record` (whether the law holds for the versions of a
dataset).
"""
