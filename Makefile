# One command for people and for machines that check. `make` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
OUT ?= out/demo
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench verify examples clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(READY) ## a virtual environment with the tested versions, and the libraries pictures need

$(READY): pyproject.toml constraints.txt tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py .venv
	@touch $@

demo: setup ## one solution against two rivals in a new town: table, verdict, report and pictures
	@$(BIN)/dongne demo --out $(OUT)

check: setup ## style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: check ## style, types and every test but the slow comparisons of `make verify`
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not verify"

bench: setup ## speed beside the naive reference and the peers: one table, plots and results in out/bench
	@$(BIN)/python -m benchmarks

verify: setup ## slow comparisons with theory, a peer and the world, drawn in out/verify/index.html
	@DONGNE_VERIFY=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup \
	  -m "verify or data or page"

examples: setup ## store what the examples print now; look at the difference before you keep it
	@for script in examples/[0-9][0-9]_*.py; do echo $$script; \
	  NO_COLOR=1 $(BIN)/python $$script > .example || exit 1; \
	  if grep '^skipped: ' .example; then rm .example; else mv .example $${script%.py}.out; fi; done

clean: ## remove what was built, the virtual environment included
	rm -rf .venv out build dist .coverage .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
