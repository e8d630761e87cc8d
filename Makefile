# Every command a person needs. `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
RESET ?=
UPWELL := .venv/bin/upwell
PY := .venv/bin/python
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo run test lint bench bench-engine mutation requirements docs lock sync sync-test sync-reference

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' Makefile

demo: sync  ## serve a demo organisation (PORT=8000, RESET=1 starts afresh)
	@$(UPWELL) demo --port $(PORT) $(if $(RESET),--reset)

run: sync  ## serve your own organisation (PORT=8000)
	@$(UPWELL) serve --port $(PORT)

test: sync-test lint  ## everything that must hold: style, types, walls, tests
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup

lint: sync-test  ## style, types and walls only
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache

bench: sync-test  ## measure import rows and page time against a reference in the same run
	@set -e; for file in benchmarks/bench_*.py; do $(PY) $$file; done

bench-engine: sync-reference  ## measure the engine against other programs (AREA="levels gaps" for some, QUICK=1 small sizes)
	@$(PY) -m benchmarks.engine $(AREA) $(if $(QUICK),--quick)

mutation: sync-test  ## share of small errors in the numerics that the tests notice (MINUTES=10 of processor time)
	@$(PY) ops/mutation.py --minutes $(or $(MINUTES),10) --write

requirements: sync-test  ## each requirement with its tests and their last result
	@$(PY) ops/requirements.py

docs: sync-test  ## write the reference pages that are made from the code
	@$(PY) ops/reference.py

lock:  ## resolve the dependencies again and write both lock files
	@$(PYTHON) ops/start.py lock

sync:
	@$(PYTHON) ops/start.py sync

sync-test:
	@$(PYTHON) ops/start.py sync --test

sync-reference:
	@$(PYTHON) ops/start.py sync --reference
