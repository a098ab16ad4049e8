# Everything a person or CI runs. Each target sets up what it needs and is safe to repeat.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.installed
CODE := pipeline schemas tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help run test cover soak check format docs bench constraints clean

help:  ## Show these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 - \2/p' Makefile

$(SETUP): pyproject.toml constraints.txt
	@echo "Installing nexudus-import and what it needs into $(VENV); this takes a minute or two, once."
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: $(SETUP)  ## Import sample_data/accounts.csv into the embedded sandbox
	$(BIN)/nexudus-import run sample_data/accounts.csv --sandbox

test: $(SETUP)  ## Run the tests
	$(BIN)/python -m pytest --numprocesses auto

cover: $(SETUP)  ## Run the tests and print how much of the code they ran
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report=term:skip-covered

soak: $(SETUP)  ## Run the long form of the delivery and reader tests and print their tables
	$(BIN)/python -m pytest tests/acceptance tests/conformance -m soak --numprocesses 2 --timeout 1800 -s

check: $(SETUP)  ## Check format, lint, types, layers and the generated pages
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tests.docs.help_pages --check
	$(BIN)/python -m tests.docs.error_pages --check

format: $(SETUP)  ## Format and mend what can be mended
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

docs: $(SETUP)  ## Generate the references of commands and errors from the program
	$(BIN)/python -m tests.docs.help_pages
	$(BIN)/python -m tests.docs.error_pages

bench: $(SETUP)  ## Measure speed and memory beside other tools (BENCH=quick or ROWS=2000: a small form)
	@$(BIN)/python -m benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(filter quick,$(BENCH)),--quick) $(ARGS)

constraints:  ## Pin the newest versions of all dependencies that work together
	$(PYTHON) -m venv --clear .venv-constraints
	.venv-constraints/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	.venv-constraints/bin/python -m pip freeze --all --exclude-editable --exclude pip | sed 's/ @ .*//' > constraints.txt
	rm -rf .venv-constraints

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build *.egg-info .bench
