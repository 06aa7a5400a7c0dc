"""What measures a drop: beside promoted records of its strata, as shares and means, and record by record.

Read in this order: `strata` (which of them are judged alone), `pairing` and `compared` (a drop beside
promoted records), `rules` (all that is judged of it), `measuring` (asking each) and `measures` with `blobs`,
`copies`, `phrases`, `endings`, `redundancy`, `excess` (numbers of single records), `wording` (two of these),
`exchanges` and `answers` (what a language model reads, and says), `pointers` and `suspects` (which records a
rule is about).

What belongs here: measuring. What does not: what follows (`gate`), and the candidate's selection (`law`).
"""
