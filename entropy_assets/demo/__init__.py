"""The demonstration: real records harvested from this machine, and ways to damage them."""
