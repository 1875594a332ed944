# Two commands matter: `make run` and `make test`. Both install what they need.
# Python is tried by running it: a name on PATH may be a shim that does not work.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres test-browser check lint bench clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: $(VENV)/runtime.stamp ## The portal with a pretend Amazon: http://127.0.0.1:8000 (PORT=…)
	@exec $(BIN)/python manage.py up --demo --port $(PORT)

test: $(VENV)/dev.stamp browser ## All tests: on SQLite, on PostgreSQL, and in a browser
	$(MAKE) test-sqlite
	$(MAKE) test-postgres
	$(MAKE) test-browser

test-sqlite: $(VENV)/dev.stamp
	$(BIN)/pytest -m "not browser" $(ARGS)

test-postgres: $(VENV)/dev.stamp
	$(BIN)/python -m tests.postgres $(BIN)/pytest -m "not browser and not processes" $(ARGS)

test-browser: $(VENV)/dev.stamp browser
	$(BIN)/pytest -m browser $(ARGS)

check: $(VENV)/dev.stamp lint test ## Lint, types, import contracts, migrations, deployment, tests

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deploy_check

bench: $(VENV)/dev.stamp ## Benchmarks: ratios against a baseline in one run (NAME=import)
	$(BIN)/python benchmarks/run.py $(NAME)

clean: ## Remove the virtual environment and everything written at run time
	rm -rf $(VENV) var

# Debian without python3-venv: a bare environment, filled by the pip outside (22.3 or later).
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)

PIP = $(if $(wildcard $(BIN)/pip),$(BIN)/python -m pip,$(PYTHON) -m pip --python $(BIN)/python) \
	--disable-pip-version-check

$(VENV)/runtime.stamp: requirements.txt | $(BIN)/python
	@echo "Installing …"
	@$(PIP) install --quiet -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing what tests need …"
	@$(PIP) install --quiet -r requirements-dev.txt
	@touch $@ $(VENV)/runtime.stamp

.PHONY: browser
browser:
ifeq ($(CHROMIUM),)
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo "The browser tests need Chromium: install it, or set CHROMIUM to its path."; exit 1; fi
endif
