# `make demo` and `make test` are all that a newcomer needs; both call `make setup`.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
LINTERS := $(VENV)/.linters
BROWSER := $(VENV)/.browser
PYTEST := $(VENV)/bin/python -m pytest
# Several files at a time: native deployments mostly wait. Those that share one are in one file.
WORKERS ?= auto
SPREAD := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url

.PHONY: demo test setup lint checkov unit native campaign mutations postgresql docker browser reference dashboards docs \
  tutorials pictures lock sbom down clean

demo: setup
	$(VENV)/bin/kit demo

test: setup lint
	$(VENV)/bin/kit generate --check
	$(VENV)/bin/python -m reference --check
	$(VENV)/bin/python -m dashboards --check
	$(VENV)/bin/kit validate --strict
	$(VENV)/bin/python -m tests.stable_ids
	$(PYTEST) -m "not alone" $(SPREAD)
	$(PYTEST) -m alone

setup: $(STAMP)

$(STAMP): requirements/development.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages; the first time this takes about a minute"
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

$(LINTERS): requirements/lint.lock $(STAMP)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lint.lock
	@touch $(LINTERS)

# Vale is a Go program, and needs a C compiler. Without Go on the machine, the one from PyPI builds it.
$(VENV)/bin/vale: requirements/vale/go.sum $(STAMP)
	@echo "building Vale; the first time this takes about two minutes"
	go=$$($(VENV)/bin/python -c 'from kit.provision import provision; print(provision(["go"])["go"].executable)') && \
	  cd requirements/vale && GOTOOLCHAIN=local "$$go" build -o $(abspath $@) github.com/vale-cli/vale/v3/cmd/vale
	@touch $@

lint: setup $(LINTERS) $(VENV)/bin/vale
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/yamllint --strict kit.yaml compose.yaml collector jaeger prometheus grafana tests/docker
	$(VENV)/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	$(VENV)/bin/hadolint Dockerfile tests/docker/images/*/Dockerfile
	$(VENV)/bin/python -m words
	$(VENV)/bin/shellcheck .ci/run tests/docker/*.sh tests/docker/images/*/*.sh tests/analysis_report/*.sh tests/native/*.sh

# In an environment of its own: it pins what others need newer, and has 110 dependencies.
$(VENV)/checkov/.installed: requirements/checkov.lock $(STAMP)
	$(PYTHON) -m venv $(VENV)/checkov
	$(VENV)/checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/checkov.lock
	@touch $@

checkov: $(VENV)/checkov/.installed
	$(VENV)/checkov/bin/checkov -f Dockerfile --framework dockerfile --compact --quiet --skip-download

unit: setup
	$(PYTEST) -m "not native" $(SPREAD)

native: setup
	$(PYTEST) -m "native and not alone" $(SPREAD)
	$(PYTEST) -m alone

# More than 500 kinds of bad spans, with an innocent one after each: its table is the result. Then the long forms of the
# faults and the slow stores.
campaign: setup
	$(VENV)/bin/python -m tests.campaign --output campaign.md
	KIT_CAMPAIGN=whole $(PYTEST) -m native -o log_cli=true --log-cli-level=INFO tests/campaign

# Every key of every component of the collector and of Jaeger, broken in several ways, at the rules and at the real
# programs; and the data that the rules have of them, made anew. The tables are the result.
mutations: setup
	rm -f mutations.md
	KIT_KEY_MUTATIONS=whole KIT_KEY_MUTATIONS_TABLE=mutations.md $(PYTEST) tests/config_keys/test_mutations.py \
	  tests/config_keys/test_data.py

# The samples on Debian's PostgreSQL, which it installs: that needs root.
postgresql: setup
	sh tests/native/install_postgresql.sh
	$(PYTEST) -m postgresql tests/native

# Real containers, in a Docker of their own: needs root and Debian's packages, which it installs.
docker: setup
	$(PYTEST) -m docker tests/docker

$(BROWSER): requirements/browser.lock $(STAMP)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/browser.lock
	@touch $(BROWSER)

# The page of `kit traces report` and the site of docs/ in Debian's Chromium, which it installs: that needs root.
browser: setup $(BROWSER) docs
	sh tests/analysis_report/install_chromium.sh
	$(PYTEST) -m browser tests/analysis_report tests/site

# In an environment of its own, as no test needs its packages.
$(VENV)/docs/.installed: requirements/docs.lock $(STAMP)
	$(PYTHON) -m venv $(VENV)/docs
	$(VENV)/docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/docs.lock
	@touch $@

# The pages of docs/reference that come from the code.
reference: setup
	$(VENV)/bin/python -m reference

# The JSON of the dashboards, and the check of its types by Grafana's own ones.
dashboards: setup
	$(VENV)/bin/python -m dashboards
	$(PYTEST) tests/dashboards

# The site of docs/, in build/site: open build/site/index.html.
docs: $(VENV)/docs/.installed
	NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --quiet --strict

# Runs the tutorials on the real programs, and writes what they print into the pages.
tutorials: setup
	$(VENV)/bin/python -m tests.pages

# The README's pictures, from a run of the real programs.
pictures: setup $(BROWSER)
	sh tests/analysis_report/install_chromium.sh
	$(VENV)/bin/python -m tests.pages.pictures

# Needs uv. The locks hold no host names, so they can be used with any mirror.
lock:
	$(COMPILE) --all-extras --group dev pyproject.toml -o requirements/development.lock
	$(COMPILE) --extra samples -c requirements/development.lock pyproject.toml -o requirements/image.lock
	$(COMPILE) --group build -c requirements/development.lock -o requirements/build.lock
	$(COMPILE) --group docs -o requirements/docs.lock
	$(COMPILE) --group browser -c requirements/development.lock -o requirements/browser.lock
	$(COMPILE) --group lint -c requirements/development.lock -o requirements/lint.lock
	$(COMPILE) --group checkov -o requirements/checkov.lock
	$(COMPILE) --group sbom -o requirements/sbom.lock
	$(MAKE) sbom

# What Python packages the image holds (CycloneDX). Needs uv.
sbom: setup
	$(PYTHON) -m venv $(VENV)/sbom
	$(VENV)/sbom/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/sbom.lock
	$(VENV)/sbom/bin/python requirements/sbom.py

down:
	$(VENV)/bin/kit down

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
