"""Near-dedup measured against its bars: speed, recall, hard negatives, other tools."""
