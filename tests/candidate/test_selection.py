"""Choosing for a candidate: constraints of the settings, what stands beside, and the keep rates."""

from typing import Any

import polars as pl
import pytest

from entropy_assets.candidate.choosing import SELECTION_SCHEMA, select_from
from entropy_assets.candidate.keep_rates import RATES, measure_keep_rates
from entropy_assets.candidate.manifests import PoolManifest, SelectionManifest
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import compare_selection
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.demo.drops import SECOND
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import Settings, parse
from entropy_assets.shards import read_shards
from tests.homes import SETTINGS, Home


def parent_pool(home: Home) -> pools.Pool:
    return home.open(SECOND).parent_pool


def chosen_from(
    run: CandidateRun, pool: pools.Pool, selector: str = ""
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return what a manifest holds of a selection from a pool, and its picks."""
    settings = run.settings.selection
    made = select_from(run, pool, settings, selector or settings.selector)
    return made, read_shards(run.workspace.root, made["shards"], SELECTION_SCHEMA)


def picked(home: Home, pool: pools.Pool) -> pl.DataFrame:
    picks = chosen_from(home.open(SECOND), pool)[1]
    return picks.join(pool.records, on="id", how="left", maintain_order="left")


def set_selection(home: Home, lines: str) -> None:
    home.settings = f"{SETTINGS}\n[selection]\n{lines}\n"


def test_lists_and_quotas_of_the_settings_hold(home: Home) -> None:
    pool = parent_pool(home)
    before = picked(home, pool)
    train = pool.part(pools.TRAIN)
    row_ids = train["row_id"].fill_null(train["id"])
    source = before["source"].mode().sort()[0]
    left_out = set(row_ids) - set(before["row_id"].fill_null(before["id"]))
    keep, never = sorted(left_out)[0], before["row_id"].fill_null(before["id"])[0]
    (home.root / "keep.txt").write_text(f"{keep}\n")
    (home.root / "never.txt").write_text(f"{never}\nelsewhere\n")
    set_selection(
        home, f'keep_list = "keep.txt"\nnever_list = "never.txt"\nsource_shares = {{ {source} = 0.1 }}'
    )
    after = picked(home, pool)
    ids = after["row_id"].fill_null(after["id"]).to_list()
    assert ids[0] == keep
    assert never not in ids
    sizes = Texts.of(after).sizes
    budget = int(Texts.of(train).sizes.sum() * 0.5)
    own = sizes[(after["source"] == source).to_numpy()].sum()
    assert 0 < own <= 0.1 * budget < Texts.of(before.filter(pl.col("source") == source)).sizes.sum()
    assert sizes.sum() <= budget


def test_a_list_that_is_missing_is_one_sentence(home: Home) -> None:
    set_selection(home, 'never_list = "never.txt"')
    with pytest.raises(InvalidInput, match=r"never\.txt cannot be read as a list, one a line in UTF-8"):
        picked(home, parent_pool(home))


def test_what_the_guard_refused_is_written_down(home: Home) -> None:
    run = home.open(SECOND)
    pool = run.parent_pool
    noise = "".join(f"{number * 7919:x}Qz" for number in range(60))
    records = pool.records.with_columns(
        pl.when(pl.col("id") == pool.part(pools.TRAIN)["id"][0])
        .then(pl.lit([{"role": "user", "content": noise}], dtype=pool.records.schema["messages"]))
        .otherwise(pl.col("messages"))
        .alias("messages")
    )
    made, picks = chosen_from(run, pools.Pool(records, pool.split), "zip")
    refused = read_shards(run.workspace.root, made["refused"], pl.Schema({"id": pl.String}))
    assert refused["id"].to_list() == [pool.part(pools.TRAIN)["id"][0]]
    assert not set(refused["id"]) & set(picks["id"])


def test_a_stopped_selection_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    set_selection(home, "n_candidates = 100\nn_shortlist = 20\nn_picks = 10")
    run = home.open(SECOND)
    pool = run.parent_pool
    calls = []

    def stop(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("entropy_assets.curation.selection.contract.Request.tell", stop)
        with pytest.raises(KeyboardInterrupt):
            chosen_from(run, pool, "zip")
    states = list((home.root / "work" / "selection").glob("*.state"))
    assert len(states) == 1
    before = states[0].read_bytes()
    states[0].write_bytes(b"damaged")
    with pytest.raises(InvalidInput, match="is no state of a selection"):
        chosen_from(run, pool, "zip")
    states[0].write_bytes(before)
    went_on, _ = chosen_from(run, pool, "zip")
    assert not states[0].exists()
    for kept in (home.root / "work" / "selections").glob("*/*.bin"):
        kept.unlink()
    undisturbed, _ = chosen_from(run, pool, "zip")
    assert went_on["content"] == undisturbed["content"]


def test_random_length_and_all_stand_beside_the_selection(measured: Home) -> None:
    run, selection = measured.open(SECOND), measured.load(SelectionManifest, SECOND)
    pool = run.load_pool(measured.load(PoolManifest, SECOND))
    figures = compare_selection(run, pool, selection)
    assert [one.name for one in figures] == ["zip", "random", "length", "all"]
    chosen, random = figures[:2]
    assert chosen.n_bytes == selection.n_bytes
    assert random.n_bytes == pytest.approx(chosen.n_bytes, rel=0.02)
    assert chosen.ratio_xz is not None
    assert random.ratio_xz is not None
    assert chosen.ratio_xz < random.ratio_xz


def test_a_manifest_says_how_many_records_its_shard_holds(measured: Home) -> None:
    manifest = measured.load(SelectionManifest, SECOND)
    picks = read_shards(measured.workspace.root, manifest.shards, SELECTION_SCHEMA)
    assert picks.height == manifest.shards.rows == manifest.n_records


def test_keep_rates_are_nested_and_end_in_the_whole(measured: Home) -> None:
    run, manifest = measured.open(SECOND), measured.load(PoolManifest, SECOND)
    pool = run.load_pool(manifest)
    rows = measure_keep_rates(run, manifest).rows
    whole = [row for row in rows if row["ranking"] == "all"]
    assert [row["rate"] for row in whole] == [1.0]
    assert whole[0]["n_records"] == pool.part(pools.TRAIN).height
    for ranking in ("zip", "random", "length"):
        own = [row for row in rows if row["ranking"] == ranking]
        assert [row["rate"] for row in own] == list(RATES)
        for row in own:
            assert 0 < row["n_bytes"] <= row["rate"] * whole[0]["n_bytes"]
            assert row["heldout_bpb"] > 0
            assert row["loss_bpb"] > 0
    ratio = {(row["ranking"], row["rate"]): row["ratio_zstd_long"] for row in rows}
    assert all(ratio["zip", rate] < ratio["random", rate] for rate in (0.25, 0.5, 0.75))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"budget_tokens": 5}, r"selection\.tokenizer` must be set where budget_tokens is, got ''"),
        ({"sequence_length": 0}, r"selection\.sequence_length` must be 1 or more, got 0"),
        ({"budget_bytes": 5, "budget_records": 5}, "set one at a time"),
        ({"source_shares": {"a": 1.5}}, r"selection\.source_shares` must be fractions from 0 to 1"),
        ({"source_shares": {"a": "b"}}, r"selection\.source_shares\.a` must be of type float"),
        (
            {"selector": "zip_paper", "never_list": "x"},
            r"never_list` must be unset with selector",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        parse(Settings, {"selection": table})
