# `make demo` and `make test` do their own set-up: a private .venv with the versions of constraints.txt.
# PYTHON=… picks the interpreter (3.11 or newer), PIP_ARGS=… is passed on to pip (an index with CPU wheels, say).

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.batchfirst-installed
WORKERS ?= 2

.PHONY: demo test lint docs release-check clean
.DEFAULT_GOAL := test

demo: $(STAMP)
	$(BIN)/batchfirst demo $(ARGS)

test: lint
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check src tests docs
	$(BIN)/mypy

docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "open site/index.html"

# What is released, in an environment of its own: all tests run against the installed wheel, not the source tree.
release-check:
	rm -rf dist .venv-release
	$(BIN)/python -m build --no-isolation
	$(PYTHON) -m venv .venv-release
	.venv-release/bin/python -m pip install $(PIP_ARGS) --quiet --disable-pip-version-check -c constraints.txt \
		"$$(echo dist/*.whl)[dev]"
	.venv-release/bin/batchfirst --help
	.venv-release/bin/python -m pytest -n $(WORKERS) $(ARGS)

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "batchfirst needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_ARGS) --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .venv-release dist .pytest_cache .mypy_cache .ruff_cache .hypothesis out site
