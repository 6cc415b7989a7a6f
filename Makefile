# `make` alone prints the targets.
STACK ?= dev
PYTHON ?= python3
OUTPUT ?= table
FILE ?=
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
RUN := $(VENV)/bin/python
OPS := $(RUN) -m cli
# On the Docker that all else is asked, which may not be the one of its command's context.
BUILD_IMAGE := DOCKER_HOST="$${DOCKER_HOST:-unix:///var/run/docker.sock}" dev_image/build.sh
JUDGED_BY_0 := --no-policy
JUDGED_BY_1 := --policy
JUDGED = $(if $(POLICY),$(or $(JUDGED_BY_$(POLICY)),$(error POLICY: $(POLICY) is not allowed; allowed are 1 and 0, for example POLICY=1)))
# An option where a variable is 1, none where it is 0 or empty: another word, of which yes is one, must not pass for no.
option = $(if $(filter-out 0 1,$($(1)))$(word 2,$($(1))),$(error $(1): $($(1)) is not allowed; allowed are 1 and 0),$(if $(filter 1,$($(1))),$(2)))

.PHONY: bench matrix tools help up preview down outputs register register-preview register-key unregister registration try try-down try-ca dev-image test test-image test-unit test-palette test-policy test-trial test-engine snapshots lint format reference picture clean

help:  ## Print the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/.installed  ## Bring the registry of STACK (dev) up, from whatever there is, and prove it; POLICY=1 or 0 as below.
	@$(OPS) up --stack '$(STACK)' $(JUDGED)

preview: $(VENV)/.installed  ## Show what `make up` would change; POLICY=1 holds it against the policy pack (every stack but dev is), POLICY=0 does not.
	@$(OPS) preview --stack '$(STACK)' $(JUDGED)

down: $(VENV)/.installed  ## Remove the registry and keep its packs; PURGE=1 removes them too, after asking, or unasked with YES=1.
	@$(OPS) down --stack '$(STACK)' $(call option,PURGE,--purge) $(call option,YES,--yes)

outputs: $(VENV)/.installed  ## Print the outputs; OUTPUT=json, or one output's name; SECRETS=1 shows passwords.
	@$(OPS) outputs --stack '$(STACK)' --only '$(OUTPUT)' $(call option,SECRETS,--secrets)

register: $(VENV)/.installed  ## Register the registry in the Palette console, or bring its registration in line.
	@$(OPS) register --stack '$(STACK)'

register-preview: $(VENV)/.installed  ## Show what `make register` would change.
	@$(OPS) register-preview --stack '$(STACK)'

register-key: $(VENV)/.installed  ## Keep the Palette API key, encrypted; it is asked for, or taken from PALETTE_API_KEY.
	@$(OPS) register-key --stack '$(STACK)'

unregister: $(VENV)/.installed  ## Remove the registration from Palette.
	@$(OPS) unregister --stack '$(STACK)'

registration: $(VENV)/.installed  ## Print the console's form filled in, and write the CA to FILE; CLI_TRUST=1 for the Spectro CLI too. SECRETS=1.
	@$(OPS) registration --stack '$(STACK)' --file '$(FILE)' $(call option,CLI_TRUST,--cli-trust) $(call option,SECRETS,--secrets)

try: $(VENV)/.installed  ## Try the registry without Pulumi, nothing recorded; Ctrl-C removes it. DETACH=1, SECRETS=1, OUTPUT as above.
	@$(RUN) -m trial up --stack '$(STACK)' --only '$(OUTPUT)' $(call option,SECRETS,--secrets) $(call option,DETACH,--detach)

try-down: $(VENV)/.installed  ## Remove all that `make try` made.
	@$(RUN) -m trial down --stack '$(STACK)'

try-ca: $(VENV)/.installed  ## Print the CA certificate of what `make try` made.
	@$(RUN) -m trial ca --stack '$(STACK)'

dev-image:  ## Build the development image.
	@$(BUILD_IMAGE)

test: $(VENV)/.installed-dev test-image  ## Run all tests; REQUIRE_DOCKER=1 and REQUIRE_ENGINE=1 forbid skipping.
	$(RUN) -m pytest

test-image:  ## Build the development image and run its own tests, where Docker and Go are there.
	@$(BUILD_IMAGE) || [ "$(REQUIRE_DOCKER)" != 1 ]
	@if command -v go >/dev/null; then cd dev_image && go test ./...; else echo "The development image's own tests are skipped: Go is not on PATH"; fi

test-unit: $(VENV)/.installed-dev  ## Run the program's tests that need neither Docker nor Pulumi.
	$(RUN) -m pytest tests/common tests/components tests/cli tests/tools tests/docs tests/bench tests/contract tests/support

test-palette: $(VENV)/.installed-dev  ## Run the tests of the consumer that need no Pulumi, against a local Palette API.
	$(RUN) -m pytest tests/palette

test-policy: $(VENV)/.installed-dev  ## Run the tests of the policy pack's rules.
	$(RUN) -m pytest tests/policy

test-trial: $(VENV)/.installed-dev dev-image  ## Run the tests that need Docker and no Pulumi.
	$(RUN) -m pytest tests/trial tests/live -k trial

test-engine: $(VENV)/.installed-dev dev-image  ## Run the tests with a real `pulumi up`.
	$(RUN) -m pytest tests/live tests/engine

snapshots: $(VENV)/.installed-dev dev-image  ## Renew the reviewed snapshots of the previews of dev and prod.
	RENEW_SNAPSHOTS=1 REQUIRE_ENGINE=1 $(RUN) -m pytest tests/engine/test_previews.py -k as_it_was_reviewed

bench: $(VENV)/.installed-bench bench/.venv/.installed dev-image bench/.bin/vegeta  ## Measure; MEASURE="update preview" a part of it.
	$(RUN) -m bench $(MEASURE)

tools: bench/.bin/pebble bench/.bin/oras bench/.bin/registry bench/.bin/actionlint  ## Build what some tests are skipped without, and the matrix needs: pebble, oras, CNCF Distribution, actionlint.

matrix: $(VENV)/.installed-dev dev-image bench/.bin/pebble  ## Run every two ways of running a registry together; CELLS="s3 tcp" those that have these values.
	$(RUN) -m tests.matrix.matrix $(CELLS)

lint: $(VENV)/.installed-dev  ## Check formatting, style and types.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/shellcheck dev_image/build.sh tools/venv.sh .ci/run

format: $(VENV)/.installed-dev  ## Format the code.
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

reference: $(VENV)/.installed-dev  ## Generate Pulumi.yaml's config schema, Pulumi.example.yaml and docs/reference.
	$(RUN) -m tools.reference
	$(RUN) -m tools.docs

picture: $(VENV)/.installed dev-image  ## Render docs/images/up.svg from a real `make up`.
	$(RUN) -m tools.picture

clean:  ## Remove the virtual environment and caches; state and data stay.
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt tools/venv.sh
	@PYTHON='$(PYTHON)' tools/venv.sh $(VENV) requirements.txt
	@touch $@

bench/.venv/.installed: requirements.txt tools/venv.sh
	@PYTHON='$(PYTHON)' tools/venv.sh bench/.venv requirements.txt
	@touch $@

bench/.bin/vegeta: MODULE = github.com/tsenart/vegeta/v12@v12.13.0
bench/.bin/oras: MODULE = oras.land/oras/cmd/oras@v1.2.3
bench/.bin/actionlint: MODULE = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
bench/.bin/pebble: MODULE = github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1 github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv@v2.10.1
bench/.bin/registry: MODULE = github.com/distribution/distribution/v3/cmd/registry@$(shell awk '/distribution\/v3 / { print $$2 }' dev_image/go.mod)
bench/.bin/vegeta bench/.bin/oras bench/.bin/actionlint bench/.bin/pebble bench/.bin/registry:
	@command -v go >/dev/null || { echo "$(@F) needs Go: install it, for example with \`sudo apt-get install golang\`, then run this again"; exit 1; }
	CGO_ENABLED=0 GOBIN='$(CURDIR)/bench/.bin' go install -trimpath -ldflags '-s -w' $(MODULE)

$(VENV)/.installed-bench: requirements-bench.txt $(VENV)/.installed-dev
	@PYTHON='$(PYTHON)' tools/venv.sh $(VENV) requirements-bench.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@PYTHON='$(PYTHON)' tools/venv.sh $(VENV) requirements-dev.txt
	@touch $@
