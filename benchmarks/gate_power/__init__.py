"""How many bad drops the gate holds or asks about, and how many good ones.

Read in this order: `mechanisms` (how rows come to harm), `sources` and `topics` (real records), `worlds`
(pools), `natural` (good drops as they come), `cases` and `planning` (which drops are judged), `verdicts` (one
drop through the product), `table` (rates, intervals, bars).

Development cases, without a verdict, for whoever builds a detector or another judge::

    from benchmarks.gate_power.cases import rows_of
    from benchmarks.gate_power.mechanisms import mechanisms
    from benchmarks.gate_power.planning import plan
    from benchmarks.gate_power.worlds import pool_rows, worlds

    for case in plan("development"):        # a fair sample at any length
        pool = pool_rows(case.of_world)     # rows: id, source, instruction, input, output, more by form
        rows, planted = rows_of(case)       # planted: ids of the damaged rows, empty for a good drop

    mechanisms("development")["lower_cased"].damage(victims, intact, rng)

`case.mechanism`, `case.natural_class`, `case.share`, `case.size`, `case.where` and `case.of_world.form` say
what a case is. Rows that are not in a pool and that drops are drawn from: `worlds.cut(world, Data()).rest`.
`mechanisms/kept_back*.py`, `natural_kept_back.py` and `plan("test")` are for the table alone: whoever builds
or tunes what is measured opens none of them.
"""
