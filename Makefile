# `make` alone lists the targets. All logic is in scripts/, where it is tested.
PYTHON ?= python3
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help python install dev run test test-browser test-servers lint format bench bench-cache clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or later is needed; name it with: make PYTHON=/path/to/python3" >&2; exit 1; }

install: python ## set up everything inside this folder
	@$(PYTHON) -m scripts.install

dev: python
	@$(PYTHON) -m scripts.install --dev

run: install ## set up, then serve the platform (PORT, HOST and DATA_DIR say where)
	@exec $(VENV)/python manage.py serve

test: dev ## Python and front-end tests and one walk through the browser
	@$(VENV)/python -m scripts.gates test

test-browser: dev ## every journey through a real browser
	@$(VENV)/python -m scripts.gates test-browser

test-servers: dev ## the same tests on real PostgreSQL and Redis, and the suites of real servers
	@$(VENV)/python -m scripts.gates test-servers

lint: dev ## every check that runs no test
	@$(VENV)/python -m scripts.gates lint

format: dev ## put Python and templates into their one format
	@$(VENV)/ruff check --fix --exit-zero --quiet .
	@$(VENV)/ruff format .

bench: dev ## what is fast, measured
	@$(VENV)/python -m bench

bench-cache: dev ## real builds with and without their cache
	@$(VENV)/python -m bench.cache

clean: ## remove what `make install` and the tests made, but no data
	rm -rf .venv static/node_modules static/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
