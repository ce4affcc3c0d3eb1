# Every target sets up what it needs, once. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What a measurement needs is there; what tests and linters need, too.
STAMP := $(VENV)/.set-up
TOOLS := $(VENV)/.tools
PROFILE ?= quick
# Tests in so many processes at a time; all tests of a file run in one of them and share what the file starts.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
COMPILE := $(BIN)/python installer.py compile --quiet --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help setup doctor bench resume report open compare validate audit fuzz bench-report bench-turns bench-shim slots test test-all test-unit lint format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Options: PYTHON=python3.13 (with setup), PROFILE=standard and ARGS='--users 64' (with bench), RUN=... (with resume, report, open), RUNS='A B' (with compare)"

setup: $(STAMP) ## make .venv with what a run needs, in the exact versions of requirements.lock

$(STAMP): requirements.lock requirements-uv.lock pyproject.toml installer.py
	$(PYTHON) -c 'import sys; sys.exit("djbench needs Python 3.11 or newer; name one with make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python installer.py get-uv --require-hashes --requirement requirements-uv.lock
	$(BIN)/python installer.py install --require-hashes --requirement requirements.lock
	$(BIN)/python installer.py install --no-deps --no-build-isolation --editable .
	touch $@

# Tests start hundreds of Pythons. Where these may not keep what they compile, it is compiled here, once.
$(TOOLS): $(STAMP) requirements-dev.lock
	$(BIN)/python installer.py install --require-hashes --requirement requirements-dev.lock
	$(if $(PYTHONDONTWRITEBYTECODE),-$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib)
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

fuzz: $(TOOLS) ## feed the response parser what no server should send, for MINUTES (default: 10)
	$(BIN)/python -m tests.fuzz_http11 --minutes $(or $(MINUTES),10)

bench-report: $(TOOLS) ## report a run of ten million samples, and one of many cells: time, memory, page
	$(BIN)/python -m tests.bench_report $(ARGS)

bench-turns: $(TOOLS) ## how sharp are comparisons by turns? beside windows of a second; about half an hour; RUN=folder ARGS='--blocks 40'
	$(BIN)/python -m tests.bench_turns $(or $(RUN),results/runs/turns) $(ARGS)

bench-shim: $(TOOLS) ## what does the shim cost a project? with and without it by turns; about a quarter of an hour; RUN=folder ARGS='--blocks 100'
	PYTHONPATH=runners/targets/shim $(BIN)/python -m tests.bench_shim $(or $(RUN),results/runs/shim) $(ARGS)

slots: $(TOOLS) ## measure how much of slots / wait each server reaches, and fail if one misses it; about half an hour; ARGS='uwsgi waitress --slots 4 16'
	$(BIN)/python -m tests.slots_reached $(ARGS)

test: $(TOOLS) ## run the tests, but for those that measure for minutes
	$(PYTEST) -m "not long" $(ARGS)

test-all: $(TOOLS) ## run every test
	$(PYTEST) $(ARGS)

test-unit: $(TOOLS) ## run the fast tests only
	$(PYTEST) tests/unit $(ARGS)

lint: $(TOOLS) ## check style, types, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TOOLS) ## format the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(STAMP) ## choose exact versions anew for requirements.lock and its companions
	$(COMPILE) --group uv --output-file requirements-uv.lock
	$(COMPILE) --group build --extra servers --extra redis --output-file requirements.lock pyproject.toml
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove what was made here, but no run
	rm -rf $(VENV) dist build .mypy_cache .dmypy.json .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
