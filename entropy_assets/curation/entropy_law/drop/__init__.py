"""What measures a drop: beside promoted records of its strata, as shares and means, and record by record.

Read in this order: `strata` (which of them are judged alone), `pairing` and `compared` (a drop beside
promoted records), `measuring` (what is judged of it) with `copies`, `phrases`, `endings`, `excess` (numbers
of single records), `wording` (two of these), `exchanges` and `answers` (what a language model reads, and
says), `pointers` and `suspects` (which records a hold is about).

What belongs here: measuring. What does not: what is allowed (`gate`), and the candidate's selection (`law`).
"""
