# SPDX-License-Identifier: Apache-2.0
# The front door. Every target first installs the Debian packages that it needs (scripts/dependencies); with all of
# them in place that takes no time and no rights.

SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20

.DEFAULT_GOAL := help
.PHONY: help build demo test test-kill test-leaks test-mutants test-sdks check structure tidy unit format bench fuzz clean

define HELP
Device Agent: gives a Linux device and each of its applications an Azure IoT identity, kept in the TPM.

  make demo       from a blank software TPM to a device and its modules in an emulated hub, step by step
  make build      for use: device-agent, device-agent-image and iot-emulator in build/release/bin/, the client library in
                  build/release/lib/
  make test       all tests, with AddressSanitizer and UBSan (CTEST_ARGS='-R NAME' for some of them)
  make test-sdks  the Azure IoT SDK for Python, as PyPI has it, against the emulator (those for Node.js: in make test)
  make test-kill  the agent interrupted at every command to the TPM, request and file operation (half an hour)
  make test-mutants  200 small mistakes in plan and apply, each of which the unit tests must catch (ten minutes)
  make test-leaks 300 rounds of provisioning, moving and re-keying on one software TPM (some minutes)
  make check      before a commit: format, clang-tidy, layering, behaviours, shellcheck, unit tests
                  (clang-tidy reads the files changed since origin/main; ALL=1: every file)
  make fuzz       each fuzzer for FUZZ_SECONDS (default 20) seconds, with its corpus
  make bench      what provisioning costs, and what the emulator can take; rewrites docs/benchmarks.md (minutes)
  make format     formats the C++ sources in place
  make clean      removes build/

Packages that are missing are installed with apt-get, as root or by sudo. Other settings: JOBS=N.
endef
export HELP

help:
	@echo "$$HELP"

build:
	@scripts/install-deps build
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build --preset release -j $(JOBS)

demo: build
	@scripts/install-deps demo
	@scripts/demo build/release/bin

test: build-dev
	@ctest --preset dev -j 2 --output-junit junit.xml $(CTEST_ARGS)

test-sdks: build-dev
	@scripts/install-deps test-sdks
	@DEVICE_AGENT_BIN="$(CURDIR)/build/dev/bin" tests/sdk-python/run build/dev/sdk-python

test-leaks: build
	@scripts/install-deps test
	@DEVICE_AGENT_BIN="$(CURDIR)/build/release/bin" LEAK_ROUNDS=300 node --test --test-reporter=spec tests/e2e/leaks.test.mjs

test-kill: build
	@scripts/install-deps test
	@DEVICE_AGENT_BIN="$(CURDIR)/build/release/bin" KILL_POINTS=all node --test --test-concurrency=1 --test-reporter=spec tests/kill/*.test.mjs

test-mutants:
	@scripts/install-deps build test
	@nice scripts/mutate --jobs $(JOBS)

check: structure tidy unit

structure:
	@scripts/install-deps check
	@scripts/check-format
	@scripts/check-layering
	@scripts/check-behaviours
	@scripts/check-shell

tidy: build-dev
	@scripts/install-deps check
	@scripts/check-tidy build/dev $(if $(ALL),--all)

unit: build-dev
	@ctest --preset dev -j 2 -L unit

bench:
	@scripts/install-deps build bench
	@JOBS=$(JOBS) bench/run

fuzz:
	@scripts/install-deps build fuzz
	@cmake --preset fuzz --log-level=WARNING >/dev/null
	@cmake --build --preset fuzz --target fuzzers -j $(JOBS)
	@scripts/fuzz build/fuzz/bin $(FUZZ_SECONDS)

format:
	@scripts/install-deps check
	@scripts/check-format --fix

clean:
	rm -rf build

.PHONY: build-dev
build-dev:
	@scripts/install-deps build test
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev -j $(JOBS)
