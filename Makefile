# make run: the bot, or with no GitHub credentials the demonstration. make test: every test. Python 3.11+ only.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint bench

run: .venv/run
	@$(BIN)/python -m bot run

test: .venv/test
	@$(BIN)/python -m pytest -n auto --dist loadfile

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/test
	$(BIN)/python -m benchmarks

.venv/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: requirements.txt | .venv/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: requirements.txt requirements-dev.txt | .venv/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/run
