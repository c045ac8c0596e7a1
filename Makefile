.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint fuzz bench build ci

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## see it work: a simulated shop, mails to read
	go run ./cmd/grazie demo

test: ## the tests that need nothing but Go
	go test ./...

test-all: ## every test, on its own PostgreSQL and Redis; none may be skipped
	.ci/run all

lint: ## gofmt, vet, staticcheck, go.mod
	.ci/run lint

fuzz: ## each fuzz target for a while: make fuzz FUZZTIME=5m
	FUZZTIME=$(or $(FUZZTIME),30s) .ci/run fuzz

bench: ## measure this machine, on DATABASE_URL and REDIS_URL
	go run ./cmd/grazie bench ingest
	go run ./cmd/grazie bench mails

build: ## the static program, in dist
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o dist/grazie ./cmd/grazie

ci: ## everything that must hold before a change lands
	.ci/run
