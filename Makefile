# Two commands for a fresh machine: `make run` and `make test`.
PYTHON ?= python3
# For example --extra-index-url with an index of CPU builds of torch, which are a tenth of the size.
PIP_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin
PACKAGE_FILES := pyproject.toml models.toml
# VS Code's browser build for the tests of its extension.
VSCODE_TREE ?= $(or $(LSP_COPILOT_VSCODE),.editors/vscode)

.PHONY: run test test-vllm test-vscode check fast wheel editors bench clean help

help:            ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: $(VENV)/.run-ready  ## make the environment and watch the model complete example files
	@$(BIN)/lsp-copilot demo

test: $(VENV)/.test-ready editors  ## make the environment and pass all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -P -m pytest

test-vllm: $(VENV)/.test-ready  ## the remote tests against a real vLLM on the CPU (Linux x86-64; about 1 GB, once)
	@PYTHON="$(PYTHON)" PIP_FLAGS="$(PIP_FLAGS)" sh tests/vllm/install.sh $(VENV)/vllm
	$(BIN)/python -m tests.vllm.serve $(VENV)/vllm

test-vscode: $(VENV)/.test-ready  ## the extension in real VS Code in a browser (Linux x86-64; 1 GB and some minutes, once)
	@sh tests/editors/install_vscode.sh $(VSCODE_TREE)
	LSP_COPILOT_VSCODE=$(VSCODE_TREE) $(BIN)/python -P -m pytest tests/editors/vscode

check: $(VENV)/.test-ready  ## linters and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fast: $(VENV)/.test-ready  ## unit and golden tests only
	$(BIN)/python -P -m pytest tests/unit tests/golden tests/test_house.py

wheel: $(VENV)/.test-ready  ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

bench: $(VENV)/.test-ready  ## startup, keystroke and engine benchmarks (some minutes)
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.keystroke
	$(BIN)/python -m benchmarks.engine

editors:         ## install Neovim, Helix and the node client for the tests, beside the system
	@sh tests/editors/install.sh .editors || echo "editor tests will be skipped (see the line above)"
	@sh tests/lsp/node/install.sh || echo "node client tests will be skipped (see the line above)"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "lsp-copilot needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: $(BIN)/python $(PACKAGE_FILES)
	@echo "installing lsp-copilot into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test-ready: $(BIN)/python $(PACKAGE_FILES)
	@echo "installing lsp-copilot and its development tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) --editable '.[dev,training,pairs,ctransformers]'
	@touch $@ $(VENV)/.run-ready

clean:           ## remove the environment and built files
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
