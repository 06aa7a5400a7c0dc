"""How the whole graph grows with the dataset: CPU, memory and disk of a first drop and of small ones."""
