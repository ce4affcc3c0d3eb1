# Every target sets up what it needs, once. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
PROFILE ?= quick
# Tests in so many processes at a time; all tests of a file run in one of them and share what the file starts.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup doctor bench resume report open compare validate audit fuzz bench-report slots test test-all test-unit lint format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Options: PYTHON=python3.13 (with setup), PROFILE=standard and ARGS='--users 64' (with bench), RUN=... (with resume, report, open), RUNS='A B' (with compare)"

setup: $(STAMP) ## make .venv with the exact versions of requirements.lock

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("djbench needs Python 3.11 or newer; name one with make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

bench: $(STAMP) ## measure PROFILE (default: quick, about five minutes) and write a report
	$(BIN)/djbench run $(PROFILE) $(ARGS)

doctor: $(STAMP) ## check what a run needs, and what on this machine can disturb it
	$(BIN)/djbench doctor

resume: $(STAMP) ## go on with RUN (default: the newest that is not over), which was interrupted
	$(BIN)/djbench resume $(RUN) $(ARGS)

report: $(STAMP) ## write the report of RUN (default: the newest run) anew
	$(BIN)/djbench report $(RUN)

open: $(STAMP) ## open the report of RUN (default: the newest run) in the browser
	$(BIN)/djbench open $(RUN)

compare: $(STAMP) ## compare RUNS (default: the last two of one profile, with a cell in common, the older one first); ARGS="--fail-on 'p99 slower 5%'"
	$(BIN)/djbench compare $(RUNS) $(ARGS)

validate: $(STAMP) ## how often are the verdicts wrong on this machine? ARGS=--offline: on simulated runs, in seconds
	$(BIN)/djbench validate $(ARGS)

audit: $(STAMP) ## measure the load generator itself, beside Locust's clients and wrk; about six minutes
	$(BIN)/djbench audit $(ARGS)

fuzz: $(STAMP) ## feed the response parser what no server should send, for MINUTES (default: 10)
	$(BIN)/python -m tests.fuzz_http11 --minutes $(or $(MINUTES),10)

bench-report: $(STAMP) ## report a run of ten million samples, and one of many cells: time, memory, page
	$(BIN)/python -m tests.bench_report $(ARGS)

slots: $(STAMP) ## measure how much of slots / wait each server reaches, and fail if one misses it; about half an hour; ARGS='uwsgi waitress --slots 4 16'
	$(BIN)/python -m tests.slots_reached $(ARGS)

test: $(STAMP) ## run the tests, but for those that measure for minutes
	$(PYTEST) -m "not long" $(ARGS)

test-all: $(STAMP) ## run every test
	$(PYTEST) $(ARGS)

test-unit: $(STAMP) ## run the fast tests only
	$(PYTEST) tests/unit $(ARGS)

lint: $(STAMP) ## check style, types, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(STAMP) ## choose exact versions anew for requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --extra servers --extra redis pyproject.toml \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --upgrade --output-file requirements.lock

clean: ## remove what was made here, but no run
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
