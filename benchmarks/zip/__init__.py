"""The measuring stick of ZIP: one row a claim, each measured in a process of its own."""
