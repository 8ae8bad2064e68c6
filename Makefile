# What a newcomer needs; `make` lists it. Everything works from any clone path and needs nothing but the package registries.
SHELL := /bin/sh
.DEFAULT_GOAL := help
CONFIGURATION ?= Release
SOLUTION := Akka.ClusterAdapter.slnx
WORKERS ?=
PORT ?= 3000

.PHONY: help build test build-and-test test-fast cluster bench bench-breadth bench-growth bench-members bench-micro bench-smoke bench-restores bench-reloads attacks differential fuzz races soak deterministic vulnerable docs settings pack format tools node-modules

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

build: ## Build everything once; a warning is an error.
	@dotnet build $(SOLUTION) --configuration $(CONFIGURATION) --nologo --verbosity quiet

test: tools ## Install what the tests need, build, run them all; the last line counts them.
	@.ci/with-compiler $(MAKE) --no-print-directory build-and-test

# The build copies and checks the example's page with what npm installs for it; the other folders are for tests.
build-and-test:
	@.ci/node-modules examples/Cluster
	@$(MAKE) --no-print-directory --jobs=2 node-modules build
	@CONFIGURATION=$(CONFIGURATION) .ci/test $(SOLUTION)

test-fast: build ## Build, then run the tests of the inner loop: codecs, engine, in-memory server, actors with TestKit; no process is started.
	@CONFIGURATION=$(CONFIGURATION) .ci/test-fast $(SOLUTION)

cluster: node-modules ## Run a chat over several worker processes on one port: make cluster WORKERS=3 PORT=3000
	@dotnet build examples/Cluster --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@exec dotnet run --project examples/Cluster --no-build --configuration $(CONFIGURATION) -- $(if $(WORKERS),--workers $(WORKERS)) --port $(PORT)

bench: ## Run the benchmarks against the original: make bench ONLY=fan-200 RUNS=3 WORKERS=2 LOAD=fast ALL=1 FRESH=1 WARMUP=8 LOOP=1
	@ONLY='$(ONLY)' RUNS='$(RUNS)' WORKERS='$(WORKERS)' LOAD='$(LOAD)' ALL='$(ALL)' FRESH='$(FRESH)' WARMUP='$(WARMUP)' LOOP='$(LOOP)' benchmarks/run

bench-growth: ## Measure what grows with clients, rooms, workers and payload: make bench-growth ONLY='^workers'
	@ONLY='$(ONLY)' RUNS='$(RUNS)' FRESH='$(FRESH)' benchmarks/growth

bench-breadth: ## Measure a very large crowd of clients beside the original: make bench-breadth CLIENTS=100000 WORKERS=6 SERVERS=ours,ours-loop,node NODE_CLIENTS=50000
	@cd benchmarks && . ./build.sh && node breadth.js --clients '$(CLIENTS)' --workers '$(WORKERS)' --servers '$(SERVERS)' --node-clients '$(NODE_CLIENTS)'

bench-members: ## Measure what workers cost that serve nobody, over our transport and DotNetty's: make bench-members WORKERS=6,40 TRANSPORTS=own,dotnetty INTERVAL=3000
	@cd benchmarks && . ./build.sh && node members.js --workers '$(WORKERS)' --transports '$(TRANSPORTS)' --interval '$(INTERVAL)'

bench-smoke: ## Compare the main rows with the committed ratios, in under three minutes.
	@ONLY='$(ONLY)' UPDATE='$(UPDATE)' benchmarks/smoke

bench-micro: ## Measure encoding, decoding, frames, room selection and the peer serializer, with allocations: make bench-micro ONLY=RoomSelection
	@ONLY='$(ONLY)' benchmarks/micro

bench-restores: ## Measure clients that lose their connection and come back to another worker: make bench-restores CLIENTS=10000
	@cd benchmarks && . ./build.sh && node restores.js $(or $(CLIENTS),2000)

bench-reloads: node-modules ## Reload all workers twice under load, with official clients of which nobody may miss anything: make bench-reloads CLIENTS=300 NGINX=1
	@cd benchmarks && . ./build.sh && NGINX='$(NGINX)' node reloads.js $(or $(CLIENTS),300)

attacks: ## Attack a server as strangers would and print what it costs: make attacks ONLY='msgpack log', or make attacks SOAK=10 (minutes)
	@dotnet run --project benchmarks/Attacks --configuration $(CONFIGURATION) -- $(if $(SOAK),soak $(SOAK),table $(ONLY))

differential: node-modules ## Send the same random clients to the original and to ours: make differential SECONDS=600 SEED=1
	@dotnet run --project benchmarks/Faults --configuration $(CONFIGURATION) -- differential $(or $(SECONDS),60) $(SEED)

fuzz: ## Feed all decoders and sessions with damaged input: make fuzz SECONDS=600 SEED=1 ONLY=json-packets COVERAGE=1, or INPUTS=10000000
	@COVERAGE='$(COVERAGE)' CONFIGURATION='$(CONFIGURATION)' .ci/fuzz $(if $(INPUTS),$(INPUTS)x,$(or $(SECONDS),60)) $(or $(SEED),$$(date +%s)) $(ONLY)

races: ## Run what happens at once in thousands of orders, on a scheduler of ours: make races INTERLEAVINGS=10000 SEED=1 ONLY=flush,drain
	@dotnet run --project benchmarks/Faults --configuration $(CONFIGURATION) -- races $(or $(INTERLEAVINGS),1000) $(or $(SEED),$$(date +%s)) $(ONLY)

soak: tools ## Run a cluster of processes under load and faults: make soak MINUTES=30 SEED=1 CLIENTS=300 ONLY=Kill,Freeze PAUSE=15 (seconds of patience, for a busy machine)
	@dotnet build benchmarks/Faults --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@SOAK_PAUSE='$(PAUSE)' dotnet run --project benchmarks/Faults --no-build --configuration $(CONFIGURATION) -- soak $(or $(MINUTES),10) '$(or $(SEED),1)' '$(CLIENTS)' '$(ONLY)'

deterministic: ## Pack what is committed twice, in different folders, and compare the bytes.
	@CONFIGURATION='$(CONFIGURATION)' .ci/deterministic

vulnerable: ## Ask the package source whether anything that is used is known to be vulnerable.
	@.ci/vulnerable

docs: ## Build the documentation site with the API reference in artifacts/site.
	@dotnet build Akka.ClusterAdapter.Testing --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@CONFIGURATION=$(CONFIGURATION) .ci/docs

settings: ## Write docs/settings.md anew, from the options, their comments and HOCON/reference.conf.
	@UPDATE_SETTINGS=1 dotnet test Akka.ClusterAdapter.Tests --configuration $(CONFIGURATION) --nologo --verbosity quiet --filter FullyQualifiedName~SettingsPageTests

pack: ## Make the NuGet packages in artifacts/package.
	@dotnet pack Akka.ClusterAdapter --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@dotnet pack Akka.ClusterAdapter.Testing --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@dotnet pack Akka.ClusterAdapter.Tool --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@dotnet pack Akka.ClusterAdapter.Templates --configuration $(CONFIGURATION) --nologo --verbosity quiet
	@ls artifacts/package/*/*.nupkg

format: ## Put the white space of all C# files in order.
	@dotnet format whitespace $(SOLUTION)

tools:
	@.ci/tools

node-modules:
	@.ci/node-modules
