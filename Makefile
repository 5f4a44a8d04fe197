# The commands of the project. `make demo` and `make test` work as the first command on a fresh clone.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

# One configuration for everything, so that nothing is built twice; warnings are errors.
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors
PYTHON := .venv/bin/python

.PHONY: setup build test chaos network bench bench-rpc bench-ingest bench-sizing demo proto format lint sanitize sanitize-threads fuzz clean

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
	swift test $(SWIFT_FLAGS) --skip-build --no-parallel

## Kills gateways, services and database while instances come in: CHAOS_ARGS="--store sqlite --instances 1000" runs less.
chaos: build
	$(PYTHON) Tests/Chaos/chaos.py $(CHAOS_ARGS)

## A gateway pair with all it needs, each on a host of its own, while they come, go and die; then up to 64 replicas:
## NETWORK_ARGS="--only scaling" runs a part.
network: build
	$(PYTHON) Tests/Network/proof.py $(NETWORK_ARGS)

## Compares our networks with OpenVINO and ONNX Runtime: BENCH_ARGS="--rounds 5 b4" runs less.
bench: setup
	$(PYTHON) -m pip install --quiet -r benchmarks/requirements.txt
	swift build $(SWIFT_FLAGS) --product NetworkBench
	swift build $(SWIFT_FLAGS) --product classifier-service
	swift build $(SWIFT_FLAGS) --product planning-service
	$(PYTHON) benchmarks/networks.py $(BENCH_ARGS)
	$(PYTHON) benchmarks/process.py $(BENCH_ARGS)
	$(PYTHON) benchmarks/services $(BENCH_ARGS)

## Compares our server with grpcio and nginx: BENCH_ARGS="--rounds 3 echo" runs less.
bench-rpc:
	@scripts/setup benchmarks/packages.txt
	swift build $(SWIFT_FLAGS) --product EchoServer
	$(PYTHON) benchmarks/rpc $(BENCH_ARGS)

## Compares how fast studies come in with Orthanc: BENCH_ARGS="--rounds 3 bare" runs less.
bench-ingest: setup
	swift build $(SWIFT_FLAGS) --product gateway
	$(PYTHON) benchmarks/ingest $(BENCH_ARGS)

## Measures what docs/operations.md says of sizing: processor time and memory of a request, disk of a study.
bench-sizing: build
	$(PYTHON) benchmarks/sizing.py $(BENCH_ARGS)

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

## Runs the tests of what reads outside bytes under the address and leak sanitizers (SANITIZE=… picks others).
## The quarantine is kept small because some of these tests measure memory; the leaks left out are the tools' own.
SANITIZE := HTTPTests|RPCTests|WireTests|ImagingTests|DICOMwebTests|NeuralNetworkTests|CryptographyTests|FuzzTargetsTests
sanitize: setup
	ASAN_OPTIONS=quarantine_size_mb=64:detect_stack_use_after_return=1 \
	LSAN_OPTIONS=suppressions=$(CURDIR)/scripts/leaks.supp \
	swift test --sanitize=address --scratch-path .build/sanitize --no-parallel --filter '$(SANITIZE)'

## Puts the server and its tests under load with the thread sanitizer: THREADS=… picks other tests.
THREADS := HTTPTests|RPCTests
sanitize-threads: setup
	swift build --sanitize=thread --scratch-path .build/threads --build-tests
	scripts/sanitize-threads '$(THREADS)'

## Lets a coverage-guided fuzzer attack what reads outside bytes, under the address and leak sanitizers:
## FUZZ_SECONDS=… for each of FUZZ_TARGETS="…".
FUZZ_SECONDS := 60
FUZZ_TARGETS := http1 http2 rpc protobuf json safetensors multipart search
fuzz: setup
	HILUM_FUZZ=1 swift build -c release --product Fuzz --scratch-path .build/fuzz \
		--sanitize=address -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld
	scripts/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

clean:
	rm -rf .build .demo
