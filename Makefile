# Everything that there is to remember. Needs Python 3.11 or newer, and make.

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
PORT  ?= 8080
DATA  ?= data
JOBS  ?= 3

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench lighthouse screenshots settings lock clean
.DELETE_ON_ERROR:
# What was compiled is kept: hundreds of commands are started here.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## show a real day on http://127.0.0.1:8080 (PORT and DATA say otherwise)
	@PORT='$(PORT)' DATA='$(DATA)' $(BIN)/avviso demo

test: $(READY) ## run every test
	$(BIN)/pytest -n $(JOBS) --dist worksteal

lint: $(READY) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy wsgi.py

format: $(READY) ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## measure speed, and write it to docs/performance.md
	$(BIN)/python -m bench --write

lighthouse: $(READY) ## judge the demo as a phone meets it (needs Chromium and npm)
	cd bench/lighthouse && npm ci --no-progress --loglevel=error
	$(BIN)/python -m bench.lighthouse --write

screenshots: $(READY) ## take the documentation's pictures again (needs Chromium)
	$(BIN)/python -m bench.screenshots

settings: $(READY) ## write docs/settings.md anew, from the code
	$(BIN)/python -m statuspage.settings_reference > docs/settings.md

lock: | $(BIN)/python ## pin the newest versions of all dependencies
	$(BIN)/python -m pip install --quiet --upgrade uv
	printf 'editables\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --all-extras --group dev \
	    --custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml -

clean: ## remove what was installed and cached, but no data
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Python is looked for first, so that who lacks it is told so in words.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        "$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	            echo "$$python has no venv: install it (Debian: apt-get install python3-venv)" >&2; \
	            exit 1; }; \
	        "$$python" -m venv $(VENV) && exit 0 || exit 1; \
	    fi; \
	done; \
	echo "Avviso needs Python 3.11 or newer; PYTHON=/path/to/python3.11 says where it is." >&2; \
	exit 1

$(READY): requirements.lock pyproject.toml wsgi.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --use-pep517 -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
