"""The rules on a candidate's selection: measured together (`candidate`), since they share probe runs.

Harm to the parent's exam holds. R, L and the law ask: over mixes of ten sources the distance from the law
said nothing about held-out loss (rank correlation -0.06), and R something (+0.45), too little to hold by.

What belongs here: one object a rule. What does not: measuring.
"""

from entropy_assets.curation.entropy_law.rule import Rule

CANDIDATE_RULES = (
    Rule(
        code="selection_ratio_rose",
        stands_for="ask",
        limit="max_selection_ratio_rise",
        unit="fraction of R",
        why="the selection became more redundant than the parent's",
        do="compare the selections of candidate and parent by source",
    ),
    Rule(
        code="loss_above_law",
        stands_for="ask",
        limit="max_residual_rise_bpb",
        unit="bits per byte",
        why="more loss at its compression ratio than the law expects",
        do="look for contradictory or noisy records in the drop",
    ),
    Rule(
        code="heldout_worse",
        stands_for="hold",
        limit="max_heldout_rise_bpb",
        unit="bits per byte",
        why="the probe does worse on the parent's validation split",
        do="see the table of sources; a source that lost records may need a quota",
        novel_limit="max_novel_heldout_rise_bpb",
    ),
    Rule(
        code="drifted",
        stands_for="ask",
        limit="max_drift",
        unit="fraction of R",
        why="many small steps have led away from the anchor version",
        do="refresh the selection, or pin a new anchor in the policy after a look at the data",
    ),
    Rule(
        code="heldout_drifted",
        stands_for="hold",
        limit="max_heldout_drift_bpb",
        unit="bits per byte",
        why="held-out loss has risen step by step since the anchor version",
        do="refresh the selection, or pin a new anchor in the policy after a look at the data",
    ),
)
