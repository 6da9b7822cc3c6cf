# What can be done with a checkout. Each target installs what it lacks first (see scripts/setup.sh).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test check static bench faults mutants clean

# .tools/ holds a Node only where the machine's own is missing or too old.
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)

help: ## tell what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## two throw-away hosts, the stack on them, visited, and applied again with nothing to change (root, minutes)
	@scripts/setup.sh node lab
	@scripts/demo.sh

test: ## every test, those that start programs and those on real hosts too (root, several minutes)
	@scripts/setup.sh node packages lab ansible
	@$(MAKE) --no-print-directory static
	@echo 'test: unit tests, tests of whole programs, and tests on throw-away hosts'
	@vitest run $(TEST_FLAGS)

check: ## types, lint, unused code and unit tests; about a minute, no root needed once set up
	@scripts/setup.sh node packages
	@$(MAKE) --no-print-directory static
	@echo 'check: unit tests'
	@vitest run --project unit --reporter=dot

static:
	@echo 'check: types'
	@tsc --noEmit
	@echo 'check: lint'
	@biome check --error-on-warnings --diagnostic-level=warn
	@echo 'check: unused files, exports and dependencies'
	@knip --no-progress

bench: ## measure runs against throw-away hosts, next to the floor `ssh host true` (root)
	@scripts/setup.sh node lab
	@echo 'bench: measuring'
	@node bench/run.ts $(BENCH_FLAGS)

faults: ## a thousand faults, repeatable by FAULTS_SEED; FAULTS_SUITE=database ends database servers (root, 20 minutes)
	@scripts/setup.sh node packages lab
	@if [ "$$FAULTS_SUITE" = database ]; then exec vitest run --project database-faults; else exec node test/faults/run-faults.ts; fi

mutants: ## break the code on purpose, line by line, and count what no unit test notices (hours; MUTANTS=src/shell for a part)
	@scripts/setup.sh node packages mutants
	@MUTANTS='$(MUTANTS)' stryker run scripts/mutants.config.mjs

clean: ## remove what was built and installed in this checkout
	@echo 'clean: dist/, coverage/, node_modules/ and .tools/'
	@rm -rf dist coverage node_modules .tools *.tgz
