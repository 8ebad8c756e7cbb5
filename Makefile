# scanflow: `make demo` and `make test` need nothing but Debian 13, make and git; see README.md.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME := var/demo
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

.PHONY: help setup setup-dev demo test test-again test-shuffled torture night bench-night hostile fuzz lint fixtures docs bench scale train clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: $(READY) ## system packages and a virtual environment with scanflow in it

setup-dev: $(READY_DEV) ## the same with what tests, linters and benches need

# The newest of the Pythons that we test with; a machine's own `python3` first, it is the one that people expect.
$(READY): pyproject.toml constraints.txt docker/packages.txt
	@docker/install-packages.sh docker/packages.txt
	@set -e; for python in python3 python3.13 python3.12 python3.11; do \
	    $$python -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && break; \
	    python=; \
	done; \
	[ -n "$$python" ] || { echo "no Python 3.11 to 3.13 with venv found" >&2; exit 4; }; \
	[ -x $(BIN)/python ] || $$python -m venv $(VENV)
	@echo "installing scanflow into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(READY_DEV): $(READY) requirements/seaweedfs.txt docker/packages-dev.txt tests/web/provider/package-lock.json
	@docker/install-packages.sh docker/packages-dev.txt
	@echo "installing what the tests need into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,scanner]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/seaweedfs.txt
	@mkdir -p $(VENV)/provider && cp tests/web/provider/package*.json $(VENV)/provider
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix $(VENV)/provider || \
	    echo "npm could not install tests/web/provider: the test with a certified OpenID provider needs it" >&2; \
	else echo "no npm here: the test with a certified OpenID provider is left out" >&2; fi
	@touch $@

demo: $(READY) ## digitize the fixtures' dossiers into an embedded archive and show what was filed
	@SCANFLOW_HOME=$(DEMO_HOME) SCANFLOW=$(BIN)/scanflow sh fixtures/demo.sh

# Five at once on two cores: many tests wait for servers and devices, and three leave a third of the processors unused.
# They start many programs, which are compiled once, whatever the environment says.
PROCESSES := 5
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

test: $(READY_DEV) ## all tests, with the servers that they need (PROCESSES=… at once)
	@$(PYTEST)

# None that failed is an error too: then `make test` ended before it could note which.
test-again: $(READY_DEV) ## the tests that failed last, one after another
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --last-failed --last-failed-no-failures none

test-shuffled: $(READY_DEV) ## all tests in another order each time (SEED=… replays one)
	@$(PYTEST) -p randomly $(if $(SEED),--randomly-seed=$(SEED))

fuzz: $(READY_DEV) ## ten minutes of damaged files (FUZZ_SECONDS=600), other ones each time
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest tests/fuzz -s

EVENTS := 1000
torture: $(READY_DEV) ## a thousand kills, stops and other mishaps, nothing lost (half an hour; SEED=… replays, EVENTS=… shortens)
	@$(BIN)/python -m tests.torture --events $(EVENTS) $(if $(SEED),--seed $(SEED)) --write docs/torture.md

night: $(READY_DEV) ## five hundred documents of a weaker reader read again in interrupted nights; into docs/night.md (half an hour; DOCUMENTS=…)
	@$(BIN)/python -m tests.night $(if $(DOCUMENTS),--documents $(DOCUMENTS)) --write docs/night.md
	@$(BIN)/python -m tests.night $(if $(DOCUMENTS),--documents $(DOCUMENTS)) --on shared --write docs/night.md

bench-night: $(VENV)/peer/bin/ocrmypdf ## a night's costs, beside OCRmyPDF and a clerk, into docs/benchmarks.md (ten minutes; PAGES=…)
	@$(BIN)/python -m bench --only night --ocrmypdf $< -- --pages $(or $(PAGES),60) --steps 10

hostile: $(READY_DEV) ## hostile and damaged files through `ingest`, each answered; into docs/hostile.md (ten minutes)
	@$(BIN)/python -m tests.hostile $(if $(SEED),--seed $(SEED)) --write docs/hostile.md

lint: $(READY_DEV) ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fixtures: $(READY_DEV) ## render the fixtures again (needs Debian's fonts-liberation)
	@$(BIN)/python -m fixtures.build --out fixtures

docs: $(READY_DEV) ## the reference of commands and settings again, from the program itself
	@$(BIN)/python -m scanflow.cli.reference

# The peer that we measure ourselves against lives in an environment of its own.
$(VENV)/peer/bin/ocrmypdf: $(READY_DEV)
	@$(BIN)/python -m venv $(VENV)/peer
	@$(VENV)/peer/bin/python -m pip install --quiet --disable-pip-version-check ocrmypdf==17.13.0
	@touch $@

bench: $(VENV)/peer/bin/ocrmypdf ## speed, size and accuracy beside their peers, into docs/benchmarks.md (half an hour)
	@$(BIN)/python -m bench --ocrmypdf $<

scale: $(READY_DEV) ## more workers, the engine alone, 100,000 jobs; on paper: docs/scale.md (an hour; SCALE=… its options)
	@$(BIN)/python -m bench.scale $(SCALE)

train: $(READY_DEV) ## fine-tune the reader's model on rendered papers: docs/training.md (an hour and a half)
	@docker/install-packages.sh training/packages.txt
	@nice $(BIN)/python -m training all --to var/training/scanflow_vie.traineddata

clean: ## away with the virtual environment and the demo's archive
	rm -rf $(VENV) var build *.egg-info
