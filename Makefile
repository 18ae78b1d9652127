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
SCALE_EXPORTERS ?= 10000
SIM_HOURS ?= 20
SIM_SEED ?= 1
SIM_ARGS ?=
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

.PHONY: e2e-up
e2e-up: build controlplane ## Run three replicas on a real control plane, to look at
	go run ./e2e/up

.PHONY: build
build: ## Build the static binary, build/adxexporter
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BINARY) ./cmd/adxexporter

.PHONY: image
image: ## Build the container image (IMAGE=name:tag; needs docker or a drop-in)
	docker build --build-arg VERSION=$(VERSION) -t $(IMAGE) .

##@ Check

.PHONY: helm
helm: ## Build Helm, by which the tests of the chart run
	@mkdir -p build
	@binary=$$(tools/built helm); ln -sfn "$$binary" build/helm

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
	@if binary=$$(tools/packaged prometheus); then ln -sfn "$$binary" build/receivers/prometheus-debian; fi

.PHONY: controlplane
controlplane: ## Build the real control plane for e2e (the first time takes minutes)
	@mkdir -p build
	@binary=$$(tools/controlplane); ln -sfn "$$binary" build/controlplane

.PHONY: e2e
e2e: build receivers controlplane helm ## Run the tests with real processes and a real control plane (E2E_ARGS="-run Prometheus -v")
	ADXEXPORTER_E2E=1 go test -count=1 -p 1 -timeout 30m $(E2E_ARGS) ./e2e/receivers ./e2e/kubelet ./e2e/cluster ./e2e/up ./e2e/page

.PHONY: chaos
chaos: build controlplane ## Run the scenarios with faults: replicas killed, frozen and cut off, receivers away (E2E_ARGS="-run Scenarios/fault-freeze -v")
	ADXEXPORTER_CHAOS=1 go test -count=1 -timeout 60m $(E2E_ARGS) ./e2e/cluster

.PHONY: scale
scale: build controlplane ## Measure 10,000 exporters on a real control plane (SCALE_EXPORTERS=1000 for less)
	ADXEXPORTER_SCALE=1 ADXEXPORTER_SCALE_EXPORTERS=$(SCALE_EXPORTERS) go test -count=1 -timeout 2h -v -run '^TestScale$$' ./e2e/scale

.PHONY: curves
curves: ## Measure how costs grow, and draw docs/images/growth-*.svg
	@mkdir -p docs/images
	ADXEXPORTER_BENCH=1 ADXEXPORTER_SCALE_CSV=$(CURDIR)/docs/images go test -count=1 -timeout 1h -v -run '^TestBenchGrowth' ./e2e/scale
	@cd tools/plot && for curve in ../../docs/images/growth-*.csv; do GOWORK=off go run . <$$curve >$${curve%.csv}.svg; done

.PHONY: sim
sim: ## Run replicas through SIM_HOURS of faults in virtual time (default 20; SIM_SEED: the first seed)
	tools/sim $(SIM_HOURS) $(SIM_SEED) $(SIM_ARGS)

.PHONY: lint
lint: ## Check style, mistakes and import arrows
	tools/run golangci-lint run ./...

.PHONY: verify
verify: helm ## Check that generated files are current and that the API server would take the CRDs
	tools/verify

.PHONY: bench
bench: ## Measure against the targets; fails when one is missed (BENCH=./exposition for one package)
	tools/bench $(BENCH)

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (default 10s)
	tools/fuzz $(FUZZTIME)

##@ Change

.PHONY: generate
generate: ## Regenerate deepcopy functions, CRDs and their page, rights, and manifests/base from the chart
	tools/generate

.PHONY: fmt
fmt: ## Format all Go code
	tools/run golangci-lint fmt ./...

.PHONY: clean
clean: ## Remove what the other targets build
	rm -rf build
