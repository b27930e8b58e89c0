# The whole interface of the project for people and for CI: `make dr` runs the
# main job, `make test` the tests. Nothing needs to be set by hand.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO_BUILD := CGO_ENABLED=0 go build -trimpath

# The sample system under test: one static binary a service and release.
ORDERS          := scenarios/orders
ORDERS_RELEASES := 1.4.0 1.5.0
CATALOGUE       := cmd/testdata/stages/catalogue
DEPENDENCIES    := cmd/testdata/stages/dependencies
ZOO             := scenarios/zoo
SENTINEL        := scenarios/sentinel
PRICING         := scenarios/pricing
PRICES          := 1.0.0 2.0.0 2.0.1
SAMPLES         := $(ORDERS_RELEASES:%=$(ORDERS)/bin/orders-%) $(ORDERS)/bin/stock $(CATALOGUE)/bin/catalogue $(DEPENDENCIES)/bin/needs $(ZOO)/bin/zoo \
                   $(PRICES:%=$(PRICING)/bin/pricing-%) $(SENTINEL)/bin/orders
SAMPLE_SOURCES  := $(wildcard $(ORDERS)/services/*/*.go) go.mod

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help dr prepare build samples test vet check plan bench mutants zoo ha soak clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

dr: prepare build samples ## run the nightly disaster-recovery suite
	bin/bascule run features/nightly

plan: build ## print what the nightly suite would do, and start nothing
	@bin/bascule plan features/nightly

# The race detector needs a C compiler; without one the tests run all the same.
RACE := $(shell command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)

# Tests that work on containers run two packages at a time: they mostly wait.
# Those that play whole exercises and measure them come last: no other test takes
# the machine away from what they measure. staticcheck runs beside the former, with
# the processor time that they leave.
WITH_CONTAINERS := /harness/(engine|fabric|hand|hand/disk|target/containers|bench|bench/zoo)$$
test: prepare build samples vet ## run all tests, container tests included
	@[ -n "$(RACE)" ] || echo 'make test: no C compiler here, so no race detector (install gcc for it)' >&2
	@export CGO_ENABLED=$(if $(RACE),1,0); \
	go test $(RACE) -timeout 20m $$(go list ./... | grep -vE '/cmd$$|$(WITH_CONTAINERS)'); \
	nice -n 19 go run $(STATICCHECK) ./... & check=$$!; \
	go test $(RACE) -timeout 20m -p 2 $$(go list ./... | grep -E '$(WITH_CONTAINERS)'); \
	wait $$check; \
	go test $(RACE) -timeout 20m ./cmd

vet:
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w is due on:" >&2; echo "$$unformatted" >&2; exit 1; fi
	go vet ./...

check: vet ## format, vet and staticcheck
	go run $(STATICCHECK) ./...

bench: prepare build samples ## measure the numbers that the design promises
	@.ci/compose
	go run ./harness/bench

# One mistake takes about two seconds. Another SEED chooses other mistakes.
MUTANTS := 150
SEED    := 1

mutants: ## break the analysis on purpose, and count which mistakes its tests notice
	go run ./harness/bench/mutate -n $(MUTANTS) -seed $(SEED)

zoo: prepare build samples ## play systems known to be bad, five times each, and their sound twins
	go run ./harness/bench/zoo

ha: prepare build samples ## play PostgreSQL under Patroni and Redis with Sentinel: what they predict, what is measured
	go run ./harness/bench/ha

# How long the suite is played again and again, after a hundred kills.
SOAK_FOR := 2h

soak: prepare build samples ## for hours: kill runs at 100 moments, then look for leaks and for verdicts that change
	go test -timeout 3h -v -run TestKilledAtRandomMoments ./cmd -kills 100
	bin/bascule soak features/nightly --for $(SOAK_FOR)

prepare: ## an engine that answers, and the base image of the Dockerfiles
	@.ci/engine
	@.ci/base-image

build: ## bin/bascule
	@$(GO_BUILD) -ldflags '-s -w' -o bin/bascule .

samples: $(SAMPLES) ## the binaries of the sample services

$(ORDERS)/bin/orders-%: $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w -X main.version=$*' -o $@ ./$(ORDERS)/services/orders

$(ORDERS)/bin/stock: $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w -X main.version=1' -o $@ ./$(ORDERS)/services/stock

$(CATALOGUE)/bin/catalogue: $(wildcard $(CATALOGUE)/service/*.go) $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w' -o $@ ./$(CATALOGUE)/service

$(DEPENDENCIES)/bin/needs: $(wildcard $(DEPENDENCIES)/service/*.go) $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w' -o $@ ./$(DEPENDENCIES)/service

$(ZOO)/bin/zoo: $(wildcard $(ZOO)/service/*.go) $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w' -o $@ ./$(ZOO)/service

$(SENTINEL)/bin/orders: $(wildcard $(SENTINEL)/service/*.go) $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w' -o $@ ./$(SENTINEL)/service

$(PRICING)/bin/pricing-%: $(wildcard $(PRICING)/service/*.go) $(SAMPLE_SOURCES)
	$(GO_BUILD) -ldflags '-s -w -X main.version=$*' -o $@ ./$(PRICING)/service

clean: ## remove what was built here, and what runs have left in the engine
	@if [ -x bin/bascule ] && docker version >/dev/null 2>&1; then bin/bascule clean; fi
	rm -rf bin $(ORDERS)/bin $(CATALOGUE)/bin $(DEPENDENCIES)/bin $(ZOO)/bin $(PRICING)/bin $(SENTINEL)/bin
