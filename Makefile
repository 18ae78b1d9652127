# Everything here needs Go, git, bash and make; the race detector needs gcc.
# Tools are pinned in tools/*/go.mod and built on first use.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/adx-mon/adxexporter/cmd/adxexporter/app.version=$(VERSION)
BINARY := build/adxexporter
IMAGE ?= adxexporter:$(VERSION)
DEMO_ARGS ?=
TEST_ARGS ?=
E2E_ARGS ?=
RECEIVERS ?= prometheus otelcol
BENCH ?= ./...
COVERAGE ?= 90
FUZZTIME ?= 10s

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Run the main job with an embedded Kusto (DEMO_ARGS=--once: print the metrics and exit)
	$(BINARY) demo $(DEMO_ARGS)

.PHONY: build
build: ## Build the static binary, build/adxexporter
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/adxexporter

.PHONY: image
image: ## Build the container image (IMAGE=name:tag; needs docker or a drop-in)
	docker build --build-arg VERSION=$(VERSION) -t $(IMAGE) .

##@ Check

.PHONY: test
test: ## Run every test that needs no control plane, with the race detector and the coverage gate
	@mkdir -p build
	tools/run gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- \
		-race -shuffle=on -timeout 20m -coverprofile=build/coverage.out $(TEST_ARGS) ./...
	tools/coverage build/coverage.out $(COVERAGE)

.PHONY: receivers
receivers: ## Build the real receivers for e2e (RECEIVERS=victoriametrics: one that it can do without)
	@mkdir -p build/receivers
	@for name in $(RECEIVERS); do binary=$$(tools/built $$name); ln -sfn "$$binary" build/receivers/$$name; done

.PHONY: e2e
e2e: build receivers ## Run the tests with real processes (E2E_ARGS="-run Prometheus -v")
	ADXEXPORTER_E2E=1 go test -count=1 -timeout 20m $(E2E_ARGS) ./e2e/...

.PHONY: lint
lint: ## Check style, mistakes and import arrows
	tools/run golangci-lint run ./...

.PHONY: verify
verify: ## Check that generated files are current and that the API server would take the CRDs
	tools/verify

.PHONY: bench
bench: ## Measure against the targets; fails when one is missed (BENCH=./exposition for one package)
	tools/bench $(BENCH)

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (default 10s)
	tools/fuzz $(FUZZTIME)

##@ Change

.PHONY: generate
generate: ## Regenerate deepcopy functions, CRDs and rights
	tools/generate

.PHONY: fmt
fmt: ## Format all Go code
	tools/run golangci-lint fmt ./...

.PHONY: clean
clean: ## Remove what the other targets build
	rm -rf build
