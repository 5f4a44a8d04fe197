# The commands of the project. `make demo` and `make test` work as the first command on a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

# One configuration for everything, so that nothing is built twice; warnings are errors.
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors
PYTHON := .venv/bin/python

.PHONY: setup build test bench demo proto format lint clean

## Installs the Debian packages and the Python environment that are missing.
setup:
	@scripts/setup

## Builds the four programs into .build/release.
build: setup
	swift build $(SWIFT_FLAGS)

## Runs every test: foreign clients first, then our own; ends with the runner's summary.
test: setup lint
	swift build $(SWIFT_FLAGS) --build-tests
	$(PYTHON) -m pytest -q Tests/Interop
	swift test $(SWIFT_FLAGS) --skip-build

## Compares our networks with OpenVINO and ONNX Runtime: BENCH_ARGS="--rounds 5 b4" runs less.
bench: setup
	$(PYTHON) -m pip install --quiet -r benchmarks/requirements.txt
	swift build $(SWIFT_FLAGS) --product NetworkBench
	$(PYTHON) benchmarks/networks.py $(BENCH_ARGS)

## Starts the system on this machine and does its main job: DEMO_FILES="…" adds files, DEMO_ARGS=--once exits.
demo: build
	@scripts/demo $(DEMO_ARGS) -- $(DEMO_FILES)

## Writes the C code for proto/ again.
proto: setup
	scripts/generate-proto

## Formats every Swift file.
format:
	swift format --in-place --recursive Package.swift Sources Tests

## Fails where a Swift file is not formatted.
lint:
	swift format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build .demo
