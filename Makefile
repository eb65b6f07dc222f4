# `make demo` and `make test` are all that a newcomer needs; both call `make setup`.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.PHONY: demo test setup lint unit native lock down clean

demo: setup
	$(VENV)/bin/kit demo

test: setup lint
	$(VENV)/bin/kit generate --check
	$(VENV)/bin/kit validate --strict
	$(VENV)/bin/python -m pytest

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages; the first time this takes about a minute"
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

lint: setup
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy

unit: setup
	$(VENV)/bin/python -m pytest -m "not native"

native: setup
	$(VENV)/bin/python -m pytest -m native

# Needs uv. The lock holds no host names, so it can be used with any mirror.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --group dev \
	  --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements.lock

down:
	$(VENV)/bin/kit down

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
