# make run: the bot, or with no GitHub credentials the demonstration. make test: every test. Python 3.11+ only.
PYTHON ?= python3
BIN := .venv/bin

# Compiled modules are kept, also where the environment says otherwise: each process of the tests would compile anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint bench sweep lock audit screenshots

run: .venv/run
	@$(BIN)/python -m bot run

test: .venv/test
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/test
	$(BIN)/python -m benchmarks

# Some hours: a story with something wrong at each of its points, on each database. `make test` does a share.
sweep: .venv/test
	$(BIN)/python -m tests.sweep

# Exact versions with hashes, from what is wanted (requirements.in, requirements-dev.in); what fits is kept.
lock: .venv/lock
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) -o requirements.txt requirements.in
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) -o requirements-dev.txt requirements-dev.in

# What is known against the versions in use; asks the advisory service of the Python Packaging Authority.
audit: .venv/lock
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements-dev.txt

# Pictures of a thread and of the board with opportunities in every step, into docs/images.
screenshots: .venv/test
	$(BIN)/python -m tests.web.screenshots

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-annotate --strip-extras \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

.venv/lock: | .venv/pip
	$(BIN)/pip install --quiet --disable-pip-version-check pip-tools==7.5.3 pip-audit==2.10.1
	@touch $@

.venv/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=python3.11" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: requirements.txt | .venv/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/test: requirements-dev.txt | .venv/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run
