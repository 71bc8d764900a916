# Everything a newcomer needs: Python 3.11+, pip and make. No root, no containers.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

# Three workers keep two cores busy while tests wait; a file's tests go to one worker, so that what they share is made once.
PYTEST := -n 3 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo ui test test-all coverage bench bench-quick lint docs docs-serve clean setup setup-test setup-docs lock release

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.ready  ## the whole story in under a minute: provision, live, leave, sync, check, report
	@$(BIN)/scimulator demo

ui: .venv/.ready  ## open the live page: drive a simulation by hand, and watch every request
	@$(BIN)/scimulator ui

test: .venv/.ready-test  ## ruff, vulture, mypy --strict, and all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m tests.house.dead_code
	@$(BIN)/mypy
	@$(BIN)/pytest $(PYTEST) -m "not full"

test-all: .venv/.ready-test .venv/.ready-docs  ## the same at full size: more seeds, more kills, 50,000 users
	@$(BIN)/pytest $(PYTEST)

coverage: .venv/.ready-test  ## the tests again, counting branches; fails below the floor in pyproject.toml
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run --source="$(CURDIR)" --omit="$(CURDIR)/tests/*" -m pytest $(PYTEST) -m "not full"
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

bench: .venv/.ready-test  ## speed beside other servers (about 15 min), and what 50,000 users cost
	@$(BIN)/python -m loadtests.bench.side_by_side
	@$(BIN)/python -m loadtests.bench.scale
	@$(BIN)/python -m loadtests.bench.sync
	@$(BIN)/python -m loadtests.bench.large_group
	@$(BIN)/python -m loadtests.bench.engine

bench-quick: .venv/.ready-test  ## only the reference server beside a bare Starlette application (about 2 min)
	@$(BIN)/python -m loadtests.bench.side_by_side --server "reference server" --rounds 3 --seconds 0.5

lint: .venv/.ready-test  ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m tests.house.dead_code
	@$(BIN)/mypy

docs: .venv/.ready-docs  ## build the documentation site into site/; broken links fail the build
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-serve: .venv/.ready-docs  ## serve the documentation on port 8000, and rebuild it after each change
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

setup: .venv/.ready  ## only install what the program needs
setup-test: .venv/.ready-test  ## only install what the tests need
setup-docs: .venv/.ready-docs  ## only install what the documentation site needs

lock:  ## write the hashes of the pins in constraints.txt to requirements/
	@PYTHON=$(PYTHON) .ci/lock

release: .venv/.ready  ## build the sdist, the wheel, and the bill of materials (CycloneDX) into dist/
	@$(BIN)/python -c 'from setuptools.build_meta import build_sdist; build_sdist("dist")' >/dev/null
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@$(BIN)/python .ci/sbom.py dist/scimulator-$$($(BIN)/python -c 'from importlib.metadata import version; print(version("scimulator"))').cdx.json

clean:  ## remove the virtual environment, caches and reports
	rm -rf .venv report build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

.venv/bin/python:
	@echo "Setting up .venv (once, about 20 s) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Scimulator needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -m venv .venv

# Every file is compared with its hash in requirements/; the program itself is built with what was installed that way.
.venv/.ready: .venv/bin/python pyproject.toml requirements/run.txt
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --no-build-isolation --editable .
	@touch $@

.venv/.ready-test: .venv/.ready requirements/test.txt
	@$(PIP) --require-hashes --requirement requirements/test.txt
	@touch $@

.venv/.ready-docs: .venv/.ready requirements/docs.txt
	@$(PIP) --require-hashes --requirement requirements/docs.txt
	@touch $@
