# The verbs. Each prepares what it needs: a virtual environment in .venv, and for the tests, as root on Debian or
# Ubuntu, the system packages that stand in for a sound card and for OSC receivers.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PYTEST_FLAGS ?= -n 2 --dist loadgroup
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --no-compile

.PHONY: help demo test check fix bench docs system
.DEFAULT_GOAL := help

help:
	@echo "make demo    hear a rendered set, with suggestions on screen (no sound card needed)"
	@echo "make test    everything that must hold: check, then all tests"
	@echo "make check   style, types and the arrows between parts"
	@echo "make fix     mend the style"
	@echo "make bench   print the tables of measured figures"
	@echo "make docs    write the documentation as a site, to build/site/index.html"

demo: .venv/runtime
	$(BIN)/segue demo $(ARGS)

# The tests run even where the check fails, so that one look tells all. Real parts are met last and alone: a sound server
# that starves beside two busy workers loses sound that nobody counts. (5: ARGS chose no such test.)
test: .venv/dev system
	@status=0; \
	$(MAKE) --no-print-directory check || status=1; \
	$(BIN)/python -m pytest $(PYTEST_FLAGS) -m "not real" $(ARGS) || [ $$? -eq 5 ] || status=1; \
	$(BIN)/python -m pytest -m real $(ARGS) || [ $$? -eq 5 ] || status=1; \
	exit $$status

check: .venv/dev
	@status=0; \
	for tool in "ruff check ." "ruff format --check ." mypy lint-imports; do \
		echo "$$tool"; $(BIN)/$$tool || status=1; \
	done; \
	exit $$status

fix: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev
	$(BIN)/python tests/bench.py $(ARGS)

docs: .venv/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

.venv/bin/python:
	@sh .ci/venv $(PYTHON)

.venv/runtime: .venv/bin/python pyproject.toml
	$(PIP) --editable .
	@touch $@

.venv/docs: .venv/bin/python pyproject.toml
	$(PIP) --editable ".[docs]"
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(PIP) --editable ".[train,dev,docs]"
	@$(PIP) "annoy>=1.17.3" 2>/dev/null || echo "Annoy cannot be built here (it wants g++ and Python.h): its tests are skipped"
	@touch $@ .venv/runtime

system:
	@sh .ci/system
