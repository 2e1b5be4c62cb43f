# The verbs of Wireroom; `make` alone lists them. Options for the program or for pytest: make demo ARGS="--once".

VENV ?= .venv
ARGS ?=
py := $(VENV)/bin/python
pip := $(py) -m pip --disable-pip-version-check -qq
# Every requirement has a wheel for 3.12 and 3.11, so these come first.
pythons := $(or $(PYTHON),python3.12 python3.11 python3.13 python3)

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs bench chaos wheel clean moved
MAKEFLAGS += --no-builtin-rules --no-print-directory

help: ## List these verbs
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.runs ## Show everything at work: a throw-away newsroom on stand-ins of X and Facebook
	@$(VENV)/bin/wireroom demo $(ARGS)

test: lint ## Check style and types, then run every test on all cores
	@$(py) -m pytest -n auto $(ARGS)

lint: $(VENV)/.develops ## Check style and types
	@$(py) -m ruff check
	@$(py) -m ruff format --check
	@$(py) -m mypy

format: $(VENV)/.develops ## Put the code into the house style
	@$(py) -m ruff check --fix
	@$(py) -m ruff format

docs: $(VENV)/.develops ## Write the pages that are made from the code
	@$(py) -m docs.generate

bench: $(VENV)/.develops ## Measure, each figure beside the nearest rival in the same run
	@$(py) -m benchmarks $(ARGS)

chaos: $(VENV)/.develops ## Kill a daemon under load with -9, again and again: ARGS="--kills 1000 --database postgres"
	@$(py) -m benchmarks.chaos $(ARGS)

wheel: $(VENV)/.runs ## Build the wheel into dist/
	@$(pip) wheel --no-deps --wheel-dir dist . && ls dist/*.whl

clean: ## Remove what these verbs made; var/, the newsroom's own data, stays
	@rm -rf "$(VENV)" "$(VENV).lock" dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find worker tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps say what the virtual environment holds: the program, or the program and a developer's tools as well.
$(VENV)/.runs: pyproject.toml
	@$(call set-up,-e .,.runs)
$(VENV)/.develops: pyproject.toml
	@$(call set-up,-e . --group dev,.runs .develops)

# A virtual environment knows its own address by heart, so one that was copied or moved here is made anew.
address := $(shell cat "$(VENV)/.address" 2>/dev/null)
ifneq ($(address),)
ifneq ($(address),$(CURDIR))
anew := --clear
$(VENV)/.runs $(VENV)/.develops: moved
endif
endif

# A candidate has to run, not only to be found: a version manager's shim is there for versions it does not have.
define set-up
for python in $(pythons); do \
    "$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
done; \
if [ -z "$$python" ]; then \
    echo "Wireroom needs Python 3.11 or newer, with its venv module; tried: $(pythons). Try make PYTHON=/path/to/python." >&2; exit 1; \
fi; \
exec 9>"$(VENV).lock"; if command -v flock >/dev/null; then flock 9; fi; \
if [ -z "$(anew)" ] && [ "$@" -nt pyproject.toml ]; then exit 0; fi; \
echo "Setting up $(VENV) with $$python; this takes a minute or two, once." >&2; \
"$$python" -m venv $(anew) "$(VENV)" && $(pip) install --upgrade pip && $(pip) install $(1) && \
echo "$(CURDIR)" >"$(VENV)/.address" && cd "$(VENV)" && touch $(2)
endef
