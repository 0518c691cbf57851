# What a person runs, and CI too. Every target with `##` shows in `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
# The packages that are there; a new one joins the checks by existing.
PACKAGES := $(patsubst %/__init__.py,%,$(wildcard $(addsuffix /__init__.py,source_interface \
	journalist_interface mailroom serving workstation keys securedrop_config sluis demo bench)))
DOCS_TEST := $(wildcard tests/unit/test_docs.py)
# More for the program behind a target: make test ARGS="-k codename", make run ARGS=--real-tor
ARGS ?=

# $(call needs,FILE) stops with a plain sentence when a part of the tree is not there.
define needs
@[ -e $(1) ] || { echo "make $@: $(1) is not in this tree, so there is nothing to run." >&2; exit 2; }
endef

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: ## Install what the tests and checks need (run again at any time; it does only what is missing)
	@scripts/setup development

.PHONY: run
run: ## Start both onion sites, the mailroom and a workstation on this machine, to try by hand
	@scripts/setup demo
	@$(PYTHON) -m demo run $(ARGS)

.PHONY: demo
demo: ## Show one report's whole way, once, and stop
	@scripts/setup demo
	@$(PYTHON) -m demo once $(ARGS)

.PHONY: test
test: ## Run every test, the story tests over real tor and real browsers included
	@scripts/setup development
	@$(PYTHON) -m pytest tests -n 2 --dist loadgroup --durations 15 $(ARGS)

.PHONY: check
check: ## Lint, format, strict types, the rules of the rooms, documentation
	@scripts/setup development
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy --strict $(addprefix -p ,$(PACKAGES))
	$(PYTHON) -m mypy --strict scripts/wheels.py
	.venv/bin/lint-imports --no-logo
	$(if $(DOCS_TEST),$(PYTHON) -m pytest -q $(DOCS_TEST))

.PHONY: metadata
metadata: ## Measure what an observer of the line, the disk or the clock can tell apart
	$(call needs,tests/metadata/run.py)
	@scripts/setup development
	@$(PYTHON) -m tests.metadata.run $(ARGS)

.PHONY: seizure
seizure: ## Seize the disk of a server in use, and see what an analyst learns from it, beside a fixture of another system
	$(call needs,tests/metadata/seizure.py)
	@scripts/setup development
	@$(PYTHON) -m tests.metadata.seizure $(ARGS)

.PHONY: bench
bench: ## Run the benchmarks and print their tables
	$(call needs,bench/__main__.py)
	@scripts/setup development
	@$(PYTHON) -m bench $(ARGS)

.PHONY: faults
faults: ## Cut the power, fill the disk and tear writes, and see what survives
	$(call needs,tests/faults/run.py)
	@scripts/setup development
	@$(PYTHON) -m tests.faults.run $(ARGS)

.PHONY: screenshots
screenshots: ## Take pictures of every page, in a real browser
	$(call needs,demo/screenshots.py)
	@scripts/setup development
	@$(PYTHON) -m demo.screenshots $(ARGS)

.PHONY: wheels
wheels: ## Build one wheel per role into dist/, byte for byte the same each time
	@scripts/setup development
	@$(PYTHON) scripts/wheels.py $(ARGS)

.PHONY: clean
clean: ## Remove what was built and installed here, the virtual environment too
	rm -rf .venv build dist out ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -path ./.git -prune -o -name '*.mo' -exec rm -f {} +
