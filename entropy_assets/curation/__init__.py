"""The curation library: pure functions in the order in which data flow; no orchestrator here."""
