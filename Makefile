# Everything that one does with this repository. `make` shows it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 1
export VENV
BIN := $(VENV)/bin
# Half the wait on two cores; more than four at once would want a bigger database server.
JOBS ?= auto
PYTEST := $(BIN)/python -m pytest -q -n $(JOBS) --maxprocesses 4

.PHONY: help
help:  ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: env env-dev
env:
	@tools/environment.sh run
env-dev:
	@tools/environment.sh dev

# Compiled files are kept even where the surroundings say no, as many containers do: else each start
# would compile the whole of it anew, a quarter of its time.
.PHONY: run
run: env  ## serve on http://127.0.0.1:8000 with a database and demo data (PORT=, HOST=, WORKERS=)
	@unset PYTHONDONTWRITEBYTECODE; exec $(BIN)/python -m app.cli serve --host $(HOST) --port $(PORT) --workers $(WORKERS)

.PHONY: test
test: env-dev  ## run the test suite (ARGS= for pytest)
	@$(PYTEST) $(ARGS)

.PHONY: test-geodesic
test-geodesic: env-dev  ## nearest stations against solved geodesics, ten thousand times all over the world
	@GEODESIC_QUERIES=10000 $(PYTEST) tests/stations/test_index.py $(ARGS)

.PHONY: test-delivery
test-delivery: env-dev  ## ten thousand notifications while a worker process is killed every second (SIZE=)
	@NUANFENG_STORM=$(or $(SIZE),10000) $(PYTEST) --timeout 3600 tests/notifications/test_kill.py $(ARGS)

.PHONY: fuzz
fuzz: env-dev  ## many more made-up requests to every route (EXAMPLES=)
	@NUANFENG_FUZZ_EXAMPLES=$(or $(EXAMPLES),200) $(PYTEST) --timeout 3600 tests/operations/test_schemathesis.py

.PHONY: test-image
test-image: env-dev  ## do the Dockerfile's steps in an empty folder and start what they make
	@NUANFENG_SLOW_TESTS=1 $(PYTEST) tests/operations/test_image.py

.PHONY: bench
bench: env-dev  ## measure against limits and peers, into bench/RESULTS.md (needs wrk, pgbench and PostGIS)
	@$(BIN)/python -m bench.nearby
	@$(BIN)/python -m bench.nearby_memory
	@$(BIN)/python -m bench.live
	@$(BIN)/python -m bench.checkin
	@$(BIN)/python -m bench.photos
	@$(BIN)/python -m bench.routing
	@$(BIN)/python -m bench.reports
	@$(BIN)/python -m bench.attendance
	@$(BIN)/python -m bench.starting

.PHONY: check
check: env-dev lint types imports rules test pure  ## the one gate: everything that must hold before a merge
	@echo "check: all good"

.PHONY: lint
lint: env-dev  ## style, spelling, dependencies, Dockerfile
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/typos
	@NO_COLOR=1 $(BIN)/deptry app 2>/dev/null
	@$(BIN)/hadolint Dockerfile

.PHONY: types
types: env-dev  ## static types
	@$(BIN)/mypy

.PHONY: imports
imports: env-dev  ## which layer may import which
	@$(BIN)/lint-imports >$(VENV)/imports.log 2>&1 || { tail -40 $(VENV)/imports.log; exit 1; }

.PHONY: rules
rules: env-dev  ## house rules, and the tests of the rules
	@$(BIN)/ast-grep test --skip-snapshot-tests >/dev/null
	@$(BIN)/ast-grep scan --error=unused-suppression app

# Measured apart: counting the lines of everything takes as long again as the tests do.
PURE_TESTS := tests/core tests/stations tests/areas tests/checkins tests/accounts tests/ledger \
	tests/attendance/test_rules.py tests/broadcasts/test_lifecycle.py tests/activities/test_rules.py \
	tests/operations/test_trouble.py --deselect tests/checkins/test_kill.py

.PHONY: pure
pure: env-dev  ## the branches of the rules that need no database (tools/pure.coveragerc)
	@$(PYTEST) --cov --cov-config=tools/pure.coveragerc --cov-report=term $(PURE_TESTS)

.PHONY: coverage
coverage: env-dev  ## which lines of all no test runs
	@$(PYTEST) --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report --skip-covered --sort=cover | tail -30

.PHONY: format
format: env-dev  ## put every file into the house style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: openapi
openapi: env-dev  ## write openapi.json anew
	@$(BIN)/python -m app.cli openapi openapi.json

.PHONY: lock
lock: env-dev  ## resolve the newest allowed packages into requirements/ (needs uv)
	@set -e; for set in "runtime --only-binary :all: --extra aliyun-sms --extra fcm" "run --extra local" \
		"dev --constraint requirements/runtime.txt --extra local --extra otel --extra aliyun-sms --extra fcm --extra web-push --group dev"; do \
		set -- $$set; name=$$1; shift; \
		uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 \
			--quiet --no-header --no-annotate "$$@" -o requirements/$$name.txt; \
	done

.PHONY: clean
clean:  ## forget the environment and every cache; keeps the data in var/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
