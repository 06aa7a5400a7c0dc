"""The texts of superseded records beside those that correct them, however many there are.

What belongs here: bringing texts together. What does not: which belong together (`corrections`), and what
makes two alike (`curation.corrections`).
"""

from collections.abc import Iterable, Iterator

import polars as pl

from entropy_assets.curation.corrections import LIKE, likeness
from entropy_assets.curation.dedup import canonical_texts
from entropy_assets.temporary import temporary_folder
from entropy_assets.texts import StoredTexts


def count_unlike(
    pairs: pl.DataFrame, new: Iterable[pl.DataFrame], old: Iterable[tuple[pl.Series, pl.Series]]
) -> int:
    """Return how many superseded records are not alike the rows that correct them.

    The new texts lie on disk meanwhile; the old ones are taken piece by piece. A row that is not there is
    alike to nothing.

    Parameters
    ----------
    pairs
        Rows of `SUPERSEDED_SCHEMA`.
    new
        Records, the correcting rows among them.
    old
        Ids and canonical texts, those of the superseded records among them.
    """
    partners: dict[str, list[str]] = {}
    for old_id, new_id in pairs.select("id", "new_id").unique().sort("id", "new_id").iter_rows():
        partners.setdefault(old_id, []).append(new_id)
    wanted, places = pairs["new_id"].unique().implode(), dict[str, int]()

    def texts() -> Iterator[bytes]:
        for frame in new:
            own = frame.filter(pl.col("id").is_in(wanted)).unique("id", maintain_order=True)
            for name, text in zip(own["id"], canonical_texts(own), strict=True):
                if name not in places:
                    places[name] = len(places)
                    yield text.encode()

    alike = set()
    with temporary_folder() as folder:
        stored_texts = StoredTexts.write(folder / "texts", texts())
        for ids, own in old:
            for name, text in zip(ids, own, strict=True):
                found = [
                    stored_texts[places[one]].decode() for one in partners.get(name, ()) if one in places
                ]
                if any(likeness(text, one) >= LIKE for one in found):
                    alike.add(name)
    return pairs.filter(~pl.col("id").is_in(list(alike))).height
