# Needs GNU make, git and Python 3.11 with its venv module. Everything else goes into .venv.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# As an environment variable and not as `-c`: only so does it also bind the build backend.
PIP_INSTALL := PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help install demo test check-style check-types check-proto check-slow kernels check-tests check-solver-tests check-other-tests check-wheel clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

install: $(VENV)/dev.stamp ## prepare .venv with all that development and benchmarks need

demo: $(VENV)/runtime.stamp ## play a morning in central Shanghai
	$(BIN)/servanda demo

test: check-style check-proto check-slow ## run everything that CI runs

check-style: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

check-types: install
	$(BIN)/mypy

check-proto: install
	$(BIN)/python proto/generate.py --check
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code --path proto/servanda
	$(BIN)/python proto/release.py --check

# What takes minutes goes side by side, the longest first. Kernels are compiled once, and not in each half.
check-slow: install
	$(MAKE) --jobs 2 --output-sync=target kernels check-types
	$(MAKE) --jobs 2 --output-sync=target check-other-tests check-solver-tests check-wheel

kernels: install
	$(BIN)/python -c 'from solver.kernels import warm_up; warm_up()'

SOLVER_TESTS := tests/models tests/properties tests/solver

check-tests: install
	$(MAKE) --jobs 2 --output-sync=target check-solver-tests check-other-tests

check-solver-tests: install
	$(BIN)/pytest $(SOLVER_TESTS)

check-other-tests: install
	$(BIN)/pytest tests --ignore tests/wheels $(SOLVER_TESTS:%=--ignore %)

check-wheel: install
	$(BIN)/pytest tests/wheels

clean: ## remove .venv, what the demo wrote and every cache in this folder
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) --editable '.[dev]'
	touch $(VENV)/runtime.stamp $@

$(VENV)/runtime.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) --editable .
	touch $@
