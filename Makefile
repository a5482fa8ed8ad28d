# `make demo` and `make test` need Python 3.11 to 3.13, pip and make; they make .venv themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_HOME := data/demo
export DO_NOT_TRACK := 1

.PHONY: bench bench-builds bench-night bench-report demo test test-slow test-long validation reliability docs lint types lock pictures clean

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# 3 says that something was held or could not be read, and so it should: the demo's exports hold a broken file.
demo: $(VENV)/ready
	$(BIN)/chat-pipeline --home $(DEMO_HOME) demo
	$(BIN)/chat-pipeline --home $(DEMO_HOME) sync || test $$? -eq 3

test: lint types
	$(BIN)/python -m pytest

test-slow: $(VENV)/ready
	$(BIN)/python -m pytest -m "slow and not long"

# Far more cases of the same proofs; takes the better part of an hour.
test-long: $(VENV)/ready
	$(BIN)/python -m pytest -m long

# Extraction against a bare DuckDB copy, then a whole build, kept in docs/performance.md; some shapes alone:
# make bench SHAPES="rasa/*" SIZE=10.
bench: $(VENV)/ready
	$(BIN)/python -m bench $(SHAPES) $(if $(SIZE),--size $(SIZE))
	$(if $(SHAPES),,$(MAKE) bench-builds)

# Whole builds of so many conversations against the same work by hand; a million takes hours and 25 GB in data/bench.
# A run that was ended goes on where it was; SIZES="60000 --again" forgets what was found.
SIZES ?= 60000
bench-builds: $(VENV)/ready
	$(BIN)/python -m bench.builds $(SIZES)

# What a night costs that hardly has anything new, in a few minutes.
bench-night: $(VENV)/ready
	$(BIN)/python -m bench.night

# What the report of the demo shop costs, and of one fifty times as large: in docs/performance.md. Needs Chromium.
bench-report: $(VENV)/ready
	$(BIN)/python -m bench.report $(DEMO_HOME)

# docs/validation.md anew; needs the vendors' files and data sets beside the checkout, see there.
validation: $(VENV)/ready
	mkdir -p data
	rm -f data/vendor_files.md data/published_results.jsonl
	VALIDATION_VENDOR_FILES=data/vendor_files.md VALIDATION_RESULTS=data/published_results.jsonl \
		$(BIN)/python -m pytest -n 0 -m "slow or long or not slow" tests/test_real_files.py $(wildcard tests/published)
	$(BIN)/python tests/validation_page.py data/vendor_files.md data/published_results.jsonl

# A hundred kills, eight readers of twenty publications, two thousand hostile files: docs/reliability.md anew. Half an hour or more.
reliability: $(VENV)/ready
	mkdir -p data
	rm -f data/reliability.jsonl
	RELIABILITY_RESULTS=$(CURDIR)/data/reliability.jsonl \
		$(BIN)/python -m pytest -n 0 -m long tests/test_kills.py tests/test_readers.py tests/test_hostile.py
	$(BIN)/python tests/reliability_page.py data/reliability.jsonl

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready
	$(BIN)/basedpyright --level error

# Exact versions for every supported Python and platform; needs uv. DuckDB 2 is tested in the slow suite.
lock:
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --quiet \
		--upgrade --constraint constraints.txt --extra dev --output-file requirements.lock pyproject.toml

# The parts of the pages that follow from the code.
docs: $(VENV)/ready
	$(BIN)/python docs/make.py

# The pictures of README and tour, anew; needs Chromium.
pictures: $(VENV)/ready
	$(BIN)/python docs/pictures/make.py

clean:
	rm -rf $(VENV) $(DEMO_HOME) dbt_project/target
