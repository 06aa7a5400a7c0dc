# One verb a line; `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := yes
# A module is compiled once, and not by each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install trainers demo ui test test-slow test-cluster fuzz faults check docs mutants demo-check bench-zip bench-ingest bench-dedup bench-dedup-index bench-screening bench-gate bench-families bench-peers bench-verdict bench-batch bench-decisions bench-law bench-salvage bench-answers bench-scale bench-density bench-selectors bench-decision-accuracy bench-information bench-lm-probe bench-mixtures bench-cuda clean

help: ## show what each verb does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## set up .venv from constraints.txt

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

trainers: install ## packages of trainers that read tokens, for tests alone, without what they need (80 MB)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/trainers --requirement tests/curation/tokens/trainers.txt

demo: install ## run the main job on the documentation found on this machine
	$(BIN)/entropy-assets demo

ui: install ## open the runs of the demo in the Dagster UI, on loopback
	$(BIN)/entropy-assets ui

test: install ## run the tests, a file a process on all cores
	$(BIN)/python -m pytest -q --numprocesses auto --dist loadfile

test-slow: install ## tests that take half a minute of CPU and more each; a small form of each is in `make test`
	$(BIN)/python -m pytest -q --numprocesses auto --dist loadfile -m slow

test-cluster: install ## runs on a Ray cluster of four raylets, raylets and drivers killed on the way (minutes, nothing beside it)
	$(BIN)/python -m pytest -q -m cluster tests/test_ray_four.py

fuzz: install ## read random bytes and mutated real files, dedup random piles, 5,000 cases a property (about an hour)
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q tests/curation/test_ingest_fuzz.py tests/curation/test_ingest_arrow_fuzz.py tests/curation/test_ingest_properties.py tests/curation/dedup/test_dedup_properties.py

KILLS ?= 120
faults: install ## kill runs and services at KILLS writes, and decide two candidates in 1,000 orders (half an hour)
	$(BIN)/python -m benchmarks.faults --kills $(KILLS) --out benchmarks/results/faults.json

check: install ## lint, types, layers, docstrings, spelling, and that README and pages are true
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell README.md CHANGELOG.md CONTRIBUTING.md docs entropy_assets tests benchmarks
	$(BIN)/python -m pytest -q tests/test_readme.py tests/test_architecture.py tests/test_pictures.py tests/test_docstrings.py

docs: install ## write the tables and pictures of the pages; DEMO=home takes the verdict from a run of the demo
	$(BIN)/python -m docs.tables
	$(BIN)/python -W ignore -m docs.draw $(if $(DEMO),--home $(DEMO))

mutants: install ## change gate, ledger, storage and pipeline place by place, and run their fast tests (hours); MUTANTS=names
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutants]'
	$(BIN)/mutmut run --max-children 1 $(MUTANTS)
	$(BIN)/mutmut results

demo-check: install ## the demo's three faults alone, 10 seeds, renamed and reordered (minutes; not in CI)
	$(BIN)/python -m benchmarks.demo_check

bench-zip: install ## measure ZIP against its bars, into var/bench/zip.json; OFFICIAL=checkout of USTC-StarTeam/ZIP
	$(BIN)/python -m benchmarks.zip $(if $(OFFICIAL),--official $(OFFICIAL))

bench-ingest: install ## measure ingest against its bar, into benchmarks/results/ingest.json; AGAINST=checkout of another release
	$(BIN)/python -m benchmarks.ingest $(if $(AGAINST),--against $(AGAINST))

bench-dedup: install ## measure near-dedup against its bars, into var/bench/dedup.json; PEERS=python with other tools
	$(BIN)/python -m benchmarks.dedup $(if $(PEERS),--peers $(PEERS))

bench-dedup-index: install ## measure dedup's stored index and its memory at 1,000,000 records, into var/bench/dedup_index.json
	$(BIN)/python -m benchmarks.dedup_index

bench-screening: install ## measure languages, secrets and personal data, and contamination, into benchmarks/results/
	$(BIN)/python -m benchmarks.languages
	$(BIN)/python -m benchmarks.sensitive
	$(BIN)/python -m benchmarks.contamination

SPLIT ?= development
STAGE ?= full
bench-gate: install ## measure what the gate holds and asks, hundreds of verdicts, resumable; SPLIT=development or test, STAGE=drop or full
	$(BIN)/python -m benchmarks.gate_power --split $(SPLIT) --stage $(STAGE) --out benchmarks/results/gate_$(SPLIT).json --picture docs/gate_$(SPLIT).svg $(if $(filter test,$(SPLIT)),--page docs/gate.md)

bench-families: install ## measure what damage is still seen by a detector that never learned its family, into benchmarks/results/
	$(BIN)/python -m benchmarks.gate_power.families --out benchmarks/results/gate_families.json

bench-peers: install ## judge the same drops by other methods, beside the product; after bench-gate of the same SPLIT and STAGE, and of development
	$(BIN)/python -m benchmarks.gate_power.peers --split $(SPLIT) --stage $(STAGE) --out benchmarks/results/peers_$(SPLIT).json $(if $(filter test,$(SPLIT)),--page docs/gate.md)

bench-verdict: install ## measure what a verdict costs at a budget of 256 kB, one after the other with all cores for each, and what learning the detector anew does
	$(BIN)/python -m benchmarks.recalibration --out benchmarks/results/recalibration.json
	$(BIN)/python -m benchmarks.gate_power --cost --workers 1 --cores "$$(nproc)" --settings benchmarks/gate_power/cost.toml --cache var/bench/cost --out benchmarks/results/verdict_cost.json

bench-batch: install ## measure what 20 waiting drops cost as one batch, and whether their verdicts are those of each alone
	$(BIN)/python -m benchmarks.batch --out benchmarks/results/batch.json

bench-decisions: install ## measure what a history of 10,000 decisions costs a run and `status`
	$(BIN)/python -m benchmarks.decisions --out benchmarks/results/decisions.json

bench-law: install ## measure whether the law predicts held-out loss, over source mixes, into benchmarks/results/law_predicts.json
	$(BIN)/python -m benchmarks.law_predicts --out benchmarks/results/law_predicts.json

bench-mixtures: install ## train probes on mixtures of seven real domains, and plant laws, into benchmarks/results/ (an hour; resumable)
	$(BIN)/python -m benchmarks.mixtures --data $(or $(SHARED),../shared)/data
	for what in planted bpe words bytes; do $(BIN)/python -m benchmarks.mixture_bars $$what --data $(or $(SHARED),../shared)/data || exit 1; done

bench-salvage: install ## measure what `drop split` sets aside, one fault at a time
	$(BIN)/python -m benchmarks.salvage

MODELS ?=
bench-answers: install ## measure the rule mismatched_answers with language models; MODELS=paths, SHARED=folder with data/
	$(BIN)/python -m benchmarks.answers --shared $(or $(SHARED),../shared) $(foreach model,$(MODELS),--model $(model))

bench-selectors: install ## measure selectors beside each other on pools of real records, into benchmarks/results/selectors.json; SHARED=folder with data/
	$(BIN)/python -m benchmarks.selectors --data $(or $(SHARED),../shared)/data --out benchmarks/results/selectors.json

bench-decision-accuracy: install ## measure how often cheap figures rank two selections as a fine-tuned language model does; MODEL=path, SHARED=folder with data/
	$(BIN)/python -m benchmarks.decision_accuracy --model $(MODEL) --data $(or $(SHARED),../shared)/data

bench-information: install ## measure what information pruning takes first of a planted flood and planted noise, 100,000 records; SHARED=folder with data/
	$(BIN)/python -m benchmarks.information --data $(or $(SHARED),../shared)/data --out benchmarks/results/information.json

bench-lm-probe: install ## measure a language model as the probe: cost, repeated L, damaged records; MODEL=path, SHARED=folder with data/
	$(BIN)/python -m benchmarks.lm_probe --shared $(or $(SHARED),../shared) --model $(MODEL)

bench-cuda: install ## measure what CUDA is worth beside its bars, on a machine with a GPU
	$(BIN)/python -m benchmarks.cuda

bench-density: install ## measure what a sketch of 1,000,000 vectors costs, and that shards change nothing
	$(BIN)/python -m benchmarks.density --out benchmarks/results/density.json

ROWS ?= 3000 10000 30000 100000
bench-scale: install ## measure how CPU, memory and disk of the whole graph grow, and that workers change no byte; ROWS=sizes
	$(BIN)/python -m benchmarks.scale --rows $(ROWS) --workers 1 2 7 --kills 20 --raylets 1 2 4 --overhead 300000 --spread 100000 --driver 10000000 --out benchmarks/results/scale.json

clean: ## remove the set-up and the caches, never the data in var/
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
