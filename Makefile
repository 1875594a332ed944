# Two commands matter: `make run` and `make test`. Both install what they need.
# Python is tried by running it: a name on PATH may be a shim that does not work.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
REPORTS := var/tests
# A process a core, each with its own database.
SPREAD := -n auto --dist worksteal
# The order of the tests and the examples of property tests: the same for all who run them, so that
# what fails is what was changed. SEED=2 (or any other number) looks elsewhere.
SEED ?= 1
DRAWN := --randomly-seed=$(SEED) --hypothesis-seed=$(SEED)
# Installed once for each content of the requirements, whatever their dates.
checksum = $(firstword $(shell cat $(1) | cksum))
RUNTIME := $(VENV)/runtime-$(call checksum,requirements.txt)
DEV := $(VENV)/dev-$(call checksum,requirements.txt requirements-dev.txt)

# Python may keep what it compiles: the asserts of the tests are rewritten once, not in each process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres test-browser check lint messages bench clean chromium

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: $(RUNTIME) ## The portal with a pretend Amazon: http://127.0.0.1:8000 (PORT=…)
	@exec $(BIN)/python manage.py up --demo --port $(PORT)

test: $(DEV) chromium ## All tests: on SQLite, on PostgreSQL, and in a browser
	@rm -rf $(REPORTS)
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgres
	@$(MAKE) --no-print-directory test-browser
	@$(BIN)/python -m tests.total $(REPORTS)

test-sqlite: $(DEV) ## … on SQLite alone (ARGS="-k words")
	$(BIN)/python -m pytest $(SPREAD) $(DRAWN) -m "not browser" --junitxml $(REPORTS)/sqlite.xml $(ARGS)

test-postgres: $(DEV) ## … on PostgreSQL alone: DATABASE_URL, or one that is made for it
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest $(SPREAD) $(DRAWN) -m "not browser" \
		--junitxml $(REPORTS)/postgresql.xml $(ARGS)

test-browser: $(DEV) chromium ## … in a browser alone
	CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest $(DRAWN) -m browser --junitxml $(REPORTS)/browser.xml $(ARGS)

check: lint test ## Lint, types, import contracts, migrations, deployment, tests

lint: $(DEV) ## All of it but the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deploy_check

messages: $(DEV) ## Bring new strings into the catalogs and compile them
	$(BIN)/python -m tests.messages

bench: $(DEV) ## Benchmarks: ratios against a baseline in one run (NAME=import)
	$(BIN)/python benchmarks/run.py $(NAME)

clean: ## Remove the virtual environment and everything written at run time
	rm -rf $(VENV) var

# Debian without python3-venv: a bare environment, filled by the pip outside (22.3 or later).
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)

define install
	@echo "Installing $(1) …"
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
	else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	$$pip --disable-pip-version-check install -qq -r $(1)
	@touch $@
endef

$(RUNTIME): | $(BIN)/python
	$(call install,requirements.txt)

$(DEV): | $(BIN)/python
	$(call install,requirements-dev.txt)
	@touch $(RUNTIME)

chromium:
ifeq ($(CHROMIUM),)
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing Chromium …"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else echo "The browser tests need Chromium: install it, or set CHROMIUM to its path."; exit 1; fi
endif
