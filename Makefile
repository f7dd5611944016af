# What one can do here: `make help`. Nothing needs root but `make ci-deps`.

# The first Python 3.11 or newer on the PATH; it only starts uv, which makes .venv.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
ENVIRONMENT = $(or $(PYTHON),$(error Python 3.11 or newer is not on the PATH)) tools/environment.py
BIN = .venv/bin

# CHECK=1        `make demo` tells its story, asserts each step and exits; `make wheel` tries the wheel
# PYTEST_ARGS    more words for pytest, for example PYTEST_ARGS="-k checkpoint -x"
# BENCH_ARGS     more words for the benchmarks
CHECK =
PYTEST_ARGS =
BENCH_ARGS =

TYPED = src tests tools $(wildcard benchmarks)
# The tour of the README starts real nodes: it belongs to `make test`, not to the fast part.
SLOW_HOUSE = tests/house/test_readme.py

# The stamps lie in .venv, so they vanish with it; another UV_PYTHON asks for another environment.
DEMO_STAMP = .venv/synced-demo$(subst /,-,$(UV_PYTHON))
TEST_STAMP = .venv/synced-test$(subst /,-,$(UV_PYTHON))

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench torture ci-deps wheel fix
.NOTPARALLEL:

help: ## say what can be made (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@sed -n 's/^# \([A-Z_]*[=1]*  *\)/  \1/p' $(firstword $(MAKEFILE_LIST))

$(DEMO_STAMP): pyproject.toml uv.lock
	@$(ENVIRONMENT) sync
	@touch $@

$(TEST_STAMP): pyproject.toml uv.lock
	@$(ENVIRONMENT) sync --group check --group test
	@touch $@ $(DEMO_STAMP)

demo: $(DEMO_STAMP) ## start a demonstration node and say what to look at (CHECK=1: try it and exit)
	@$(BIN)/mithaq demo $(if $(CHECK),--check)

test: lint $(TEST_STAMP) ## what CI runs: the fast part, the demonstration, every test that is no long campaign
	$(BIN)/mithaq demo --check
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint ## the fast part: style, types, import rules, documentation and house rules
	$(BIN)/python -m pytest tests/house --ignore $(SLOW_HOUSE) $(PYTEST_ARGS)

lint: $(TEST_STAMP) ## only style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo

fix: $(TEST_STAMP) ## mend what can be mended by itself: style, format, the reference pages in docs/
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python tools/reference.py

bench: $(TEST_STAMP) ## the benchmarks; they write docs/benchmarks.md
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

torture: $(TEST_STAMP) ## the long campaigns: full numbers of kills and cases
	$(BIN)/python -m pytest -m torture -o faulthandler_timeout=7200 $(PYTEST_ARGS)

wheel: $(DEMO_STAMP) ## build dist/*.whl (CHECK=1: run the demonstration from it in an empty environment)
	@rm -f dist/*.whl
	@$(ENVIRONMENT) uv build --quiet --wheel --out-dir dist
	@ls dist/*.whl
	$(if $(CHECK),@cd / && $(CURDIR)/.venv/bin/python $(CURDIR)/tools/environment.py uv run --quiet --isolated \
		--no-project --with $(CURDIR)/dist/*.whl mithaq demo --check)

ci-deps: ## install the Debian packages that some tests need (with sudo where one is not root)
	@sh tools/ci-deps.sh
