# One command for everything. `make setup` needs Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo demo-cluster test test-cluster check format lock bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 - /p' Makefile

setup: $(STAMP) ## make .venv with firstresponder in it, from the locked requirements

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

check: setup ## lint, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## unit, workflow, adapters, cases: no root, no cluster
	$(BIN)/pytest -q -n auto --dist worksteal -m "not cluster"

test-cluster: setup ## the real thing: API server, kubelet, Prometheus, Alertmanager, PostgreSQL, browser
	$(BIN)/python -m testbed up
	$(BIN)/pytest -q -n 4 --dist worksteal -m cluster tests; code=$$?; $(BIN)/python -m testbed down; exit $$code

demo: setup ## three recorded incidents through the real program, in the terminal and the console (YES=1 approves by itself; BROWSER=none)
	@$(BIN)/python -m demo $(if $(filter-out 0 no false,$(YES)),--yes) $(if $(filter none,$(BROWSER)),--no-browser)

demo-cluster: setup ## a bad release on a real cluster, repaired before your eyes (YES=1 approves by itself; CONTEXT=kind-… for your own)
	$(BIN)/python -m demo.cluster $(if $(CONTEXT),--context $(CONTEXT)) $(if $(filter-out 0 no false,$(YES)),--yes)

bench: setup ## timings, side by side with a peer
	$(BIN)/python bench/ingest.py

format: setup ## put the code in form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

lock: ## renew requirements.lock (needs uv)
	uv pip compile --generate-hashes --no-emit-index-url --universal --python-version 3.11 --all-extras --group dev pyproject.toml --output-file requirements.lock --quiet

clean: ## remove what make made; stops the testbed
	-$(BIN)/python -m testbed down
	-$(BIN)/python -m testbed postgres down
	rm -rf $(VENV) .testbed .testbed-postgres .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
