# The two commands of a newcomer are `make demo` and `make test`; both make their own virtual environment in .venv.

# The newest Python that the project is tested with, or whatever PYTHON= says.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null | grep True),$(name))))
BIN := .venv/bin
RUN ?= runs/lab5

.PHONY: demo test test-slow test-faults lint bench api clean
.DELETE_ON_ERROR:

demo: .venv/demo
	$(BIN)/python train.py --config=configs/lab5.py --workdir=$(RUN)
	$(BIN)/python interpret.py --workdir=$(RUN)

test: .venv/dev
	$(BIN)/python -m pytest -q -n auto --maxprocesses=4 --dist worksteal

test-slow: .venv/dev
	$(BIN)/python -m pytest -q -m slow
	HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -q -n auto --maxprocesses=4 --dist worksteal -m hypothesis

# Every program killed KILLS times and disturbed in other ways, every format on disks that are full: an hour or two.
KILLS ?= 50
test-faults: .venv/dev
	$(BIN)/python -m tests.faults.campaign --kills=$(KILLS)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: .venv/demo
	for name in training mutagenesis deeplift integrated_gradients scan; do $(BIN)/python -m benchmarks.$$name || exit; done

# A page of everything that `import genomics` has, from its documentation: open build/api/genomics.html.
api: .venv/dev
	$(BIN)/python -m pdoc --docformat google --output-directory build/api genomics '!genomics\.'

clean:
	rm -rf .venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "make: no Python >= 3.11 found; name one with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/demo: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
