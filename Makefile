# nijigen: `make avatars` and `make test` work on a fresh machine with Python 3.11 or newer and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
NIJIGEN := $(BIN)/nijigen
# Tests wait for files, browsers and servers more than they compute; `make test WORKERS=` takes one process.
WORKERS ?= -n 2 --dist worksteal

.PHONY: help install avatars learn default-model test test-slow check format clean

help:
	@echo "make avatars    avatars/sheet.png from nothing, with the model that comes with nijigen"
	@echo "make learn      the whole way in two to seven minutes: draws pictures, learns from them, makes avatars"
	@echo "make default-model  the bundled models from nothing: hours"
	@echo "make test       lint, types and the tests (at most 12 minutes on two cores)"
	@echo "make test-slow  the longer proofs: kill -9, real pictures, the wheel, the README"
	@echo "make check      lint, format and types only"
	@echo "make format     put the code into shape"
	@echo "make clean      remove what was built; data sets and runs stay"

install: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nijigen needs Python 3.11 or newer: make PYTHON=/path/to/it")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

# With the model that comes with nijigen: nothing to train, nothing to fetch.
avatars: $(READY)
	$(NIJIGEN) generate -n 48 --seed 1 --sheet --out avatars
	@echo "look at avatars/sheet.png"

# The whole way once: draw a small data set, train on it for minutes, make avatars of what came of it; with fewer images
# it is a trial of the way and no more.
# Interrupted and run again, each step goes on where it stopped.
learn: $(READY)
	$(NIJIGEN) prepare chibi:4000 datasets/quick-32 --size 32 --set art_style=anime,background=plain,tilt=0
	$(NIJIGEN) train datasets/quick-32 --recipe dcgan-quick-32 $(if $(IMAGES),--images $(IMAGES)) --out runs/quick
	$(NIJIGEN) generate --model runs/quick -n 48 --seed 1 --sheet --out learned
	@echo "look at learned/sheet.png, and at runs/quick/report.html"

# The bundled models from nothing, in hours (docs/default-model.md). A run from a model has the model's network unless
# --set says otherwise: choices come with the second stretch, retouching with the seventh, widths with the eighth.
CHOICES := 0,1,2,3,6,7,8,15,21,36,42,43,44,45,72,73,74,80,82,83,84,85,86,87,89,\
	92,93,94,97,98,99,117,120,131,132,133,134,135,136,137
WIDER := channel_base=4096 max_width=160 latent_width=512 fifths=true heard=[36,75,80,84,98,99,133,134]
default-model: $(READY)
	$(NIJIGEN) prepare chibi:100000 datasets/chibi-64 --size 64 --channels 4
	$(NIJIGEN) prepare chibi:3000 datasets/chibi-64-unseen --size 64 --channels 4 --seed unseen
	$(NIJIGEN) train datasets/chibi-64 --recipe chibi-tiny --threads 1 --out runs/chibi-tiny
	$(NIJIGEN) train datasets/chibi-64 --recipe chibi-tiny-judged --from runs/chibi-tiny \
		--set 'network.choices=[$(CHOICES)]' --threads 1 --out runs/chibi-tiny-judged
	$(NIJIGEN) evaluate runs/chibi-tiny-judged datasets/chibi-64 --held-out datasets/chibi-64-unseen --samples 3000 --references 20k \
		--out runs/chibi-tiny-judged/judged
	$(NIJIGEN) pack runs/chibi-tiny-judged src/nijigen/pretrained/chibi-tiny.safetensors --facts runs/chibi-tiny-judged/judged/evaluation.json \
		--note "docs/default-model.md says what it can do and what not."
	$(NIJIGEN) prepare chibi:40000 datasets/chibi-128 --size 128 --channels 4
	$(NIJIGEN) train datasets/chibi-128 --recipe chibi-128 --from runs/chibi-tiny-judged --threads 1 --out runs/chibi-128
	$(NIJIGEN) train datasets/chibi-128 --recipe chibi-128-retouched --from runs/chibi-128 --threads 1 --out runs/chibi-128-retouched
	$(NIJIGEN) prepare chibi-calm:24000 datasets/calm-128 --size 128 --channels 4
	$(NIJIGEN) prepare chibi-calm:3000 datasets/calm-128-unseen --size 128 --channels 4 --seed unseen
	$(NIJIGEN) train datasets/calm-128 --recipe chibi-128-calm --from runs/chibi-128-retouched --threads 1 --out runs/chibi-128-calm
	$(NIJIGEN) train datasets/calm-128 --recipe chibi-128-clear --from runs/chibi-128-calm --threads 1 --out runs/chibi-128-clear
	$(NIJIGEN) train datasets/calm-128 --recipe chibi-128-fine --from runs/chibi-128-clear --set network.retouch=24 --threads 1 \
		--out runs/chibi-128-fine
	$(NIJIGEN) prepare chibi-calm:48000 datasets/calm-128-more --size 128 --channels 4
	$(NIJIGEN) train datasets/calm-128-more --recipe chibi-128-wide --from runs/chibi-128-fine \
		$(foreach key,$(WIDER),--set 'network.$(key)') --threads 2 --out runs/chibi-128-wide
	$(NIJIGEN) train datasets/calm-128-more --recipe chibi-128-wide --from runs/chibi-128-wide --threads 2 --out runs/chibi-128-even
	$(NIJIGEN) train datasets/calm-128-more --recipe chibi-128-wide --from runs/chibi-128-even --set images=40000 --set lesson.alone=40000 \
		--set optimizer.generator.rate=0.004 --threads 2 --out runs/chibi-128-long
	$(NIJIGEN) train datasets/calm-128-more --recipe chibi-128-wide --from runs/chibi-128-long --set images=193000 --set lesson.alone=193000 \
		--threads 2 --out runs/chibi-128-plain
	$(NIJIGEN) evaluate runs/chibi-128-plain datasets/calm-128-more --held-out datasets/calm-128-unseen --samples 3000 --references 20k \
		--out runs/chibi-128-plain/judged
	$(NIJIGEN) pack runs/chibi-128-plain src/nijigen/pretrained/chibi.safetensors --facts runs/chibi-128-plain/judged/evaluation.json \
		--note "docs/default-model.md says what it can do and what not."

test: $(READY) check
	$(BIN)/python -m pytest -m "not slow" $(WORKERS)

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow --timeout=1800 $(WORKERS)

check: $(READY)
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

clean:
	rm -rf .venv build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
