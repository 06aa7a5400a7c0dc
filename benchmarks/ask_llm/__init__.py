"""Ask-LLM: whether a real model tells real records from their damaged twins, and how fast a server is asked.

* `python -m benchmarks.ask_llm auc MODEL`: AUC of P(yes) for each kind of damage, with interval.
* `python -m benchmarks.ask_llm speed MODEL`: answers a second over HTTP beside those of a plain load tool.

What belongs here: measuring. What does not: the scorer (`entropy_assets.curation.ask_llm`).
"""
