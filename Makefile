# `make` alone prints the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
# Variables with text reach the commands as environment variables, exactly as given. No shell and
# no function of make reads their values. cli/options.py has the defaults.
define literal
override $(1) := $$(value $(1))
export $(1)
endef
TEXTS := STACK FROM PACK JOBS OUTPUT FILE PART_SIZE BACKUP RECIPIENTS IDENTITY PYTHON CELLS MEASURE
SWITCHES := POLICY PURGE YES SECRETS DETACH CLI_TRUST FORCE DRY_RUN SYNC APPLY
# Variables of the command line that are none of these (cli/make_variables.py).
typed := $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)))
export MAKE_KNOWN := $(TEXTS) $(SWITCHES)
export MAKE_UNKNOWN := $(filter-out $(MAKE_KNOWN),$(typed))
given = $(foreach name,$(1),$(if $(filter-out undefined,$(origin $(name))),$(name)))
$(foreach name,$(call given,$(TEXTS) $(SWITCHES)),$(eval $(call literal,$(name))))
# Python and pip read these before any code of this project (docs/reference/environment.md).
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH PYTHONNOUSERSITE PYTHONUSERBASE PYTHONSTARTUP \
  PYTHONINSPECT PYTHONOPTIMIZE PYTHONUTF8 PYTHONCASEOK PYTHONPLATLIBDIR \
  PYTHONEXECUTABLE
# Bash reads these before the first line of a script.
unexport BASH_ENV ENV CDPATH
# `make -e` and MAKEFLAGS=e must not install into the directory of another environment.
override VENV := .venv
RUN := $(VENV)/bin/python
# Python starts with SIGINT blocked, so that Ctrl-C shows no traceback (cli/interrupts.py).
# Systems without GNU env don't block it.
BLOCK = $(shell env --block-signal=INT true 2>/dev/null && echo env --block-signal=INT)
CLI = $(BLOCK) $(RUN) -m cli
# The engine that the program uses. The docker command alone would use its context.
BUILD_IMAGE := DOCKER_HOST="$${DOCKER_HOST:-unix:///var/run/docker.sock}" dev_image/build.sh
# $(call switch,NAME,OPTION,OPTION): an option if NAME is 1, and another if it is 0. Other values
# are rejected: yes must not mean no.
invalid = $(error $(1): invalid value "$($(1))". Must be one of: 0, 1 (for example, $(1)=1))
validated = $(if $(filter-out 0 1,$($(1)))$(word 2,$($(1))),$(invalid))
switch = $(validated)$(if $(filter 1,$($(1))),$(2))$(if $(filter 0,$($(1))),$(3))
option = $(call switch,$(1),$(2))
POLICY_OPTION = $(call switch,POLICY,--policy,--no-policy)

.PHONY: bench matrix tools help up preview down pack-check packs pull pack-delete outputs push copy-packs gc unlock register register-preview register-key unregister registration try try-down try-ca dev-image test test-image test-unit test-docs test-packs test-processes test-palette test-policy test-trial test-engine test-kubernetes test-cluster test-cluster-down test-conformance snapshots lint format reference lock wheel picture clean catalog backup restore drill monitoring renewal bundle status

# A shell makes several words of a path with spaces. make takes the other ones for targets.
ifneq ($(filter PACK,$(typed)),)
  words := $(filter-out $(VENV)/% bench/% $(shell sed -n 's/^\.PHONY: //p' Makefile),$(MAKECMDGOALS))
  ifneq ($(words),)
    $(error PACK: "$(firstword $(words))" is not part of it. Set PACK to one directory that has all packs (for example, PACK=../packs), and quote a path with spaces)
  endif
endif

help:  ## Print this help.
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Run a registry (STACK=dev), or several with `up`, `preview`, `status` (STACK=a,b or all, JOBS=4)

up: $(VENV)/.installed  ## Create or update the registry, and verify it. POLICY=0 or 1: see `preview`.
	@$(CLI) up $(POLICY_OPTION)

preview: $(VENV)/.installed  ## Show the changes. Checks policies, except for dev. POLICY=0 or 1 overrides.
	@$(CLI) preview $(POLICY_OPTION)

outputs: $(VENV)/.installed  ## Print the outputs. OUTPUT=json or a name. SECRETS=1 shows passwords.
	@$(CLI) outputs $(call option,SECRETS,--secrets)

down: $(VENV)/.installed  ## Remove the registry, keep its packs. PURGE=1 YES=1 deletes them too.
	@$(CLI) down $(call option,PURGE,--purge) $(call option,YES,--yes)

##@ Look after a registry

status: $(VENV)/.installed  ## Report the health of the registry. OUTPUT=json; OUTPUT=notice for problems.
	@$(CLI) status

backup: $(VENV)/.installed  ## Back up packs and state to FILE (directory, .tar, s3://). RECIPIENTS=keys.
	@$(CLI) backup

restore: $(VENV)/.installed  ## Restore packs or state from FILE. BACKUP=name IDENTITY=key FROM=stack.
	@$(CLI) restore

drill: $(VENV)/.installed  ## Test a backup of FILE in a server that is removed again. IDENTITY=key.
	@$(CLI) drill

gc: $(VENV)/.installed  ## Report blobs that no version refers to. APPLY=1 removes them.
	@$(CLI) gc $(call option,APPLY,--apply)

unlock: $(VENV)/.installed  ## Remove the lock of a backup, restore or collection that was killed.
	@$(CLI) unlock

monitoring: $(VENV)/.installed  ## Write files for Prometheus and Grafana into the directory FILE.
	@$(CLI) monitoring

renewal: $(VENV)/.installed  ## Print when the certificate changes. OUTPUT=json, or OUTPUT=notice if soon.
	@$(CLI) renewal

bundle: $(VENV)/.installed  ## Write a bundle for an air-gapped machine to FILE. PACK=DIR PART_SIZE=4G.
	@$(CLI) bundle

##@ Publish packs

pack-check: $(VENV)/.installed  ## Check a pack, or all packs of a directory (PACK=../packs). OUTPUT=json.
	@$(CLI) pack-check

push: $(VENV)/.installed  ## Check packs and push new versions. PACK=DIR FORCE=1 DRY_RUN=1 SYNC=1.
	@$(CLI) push $(call option,FORCE,--force) $(call option,DRY_RUN,--dry-run) \
	  $(call option,SYNC,--sync)

packs: $(VENV)/.installed  ## Print the packs, and what Palette has synchronized. OUTPUT=json.
	@$(CLI) packs

pull: $(VENV)/.installed  ## Write the pack PACK=NAME:VERSION to a directory. FILE=directory.
	@$(CLI) pull

pack-delete: $(VENV)/.installed  ## Delete the pack PACK=NAME:VERSION. YES=1 skips the question.
	@$(CLI) pack-delete $(call option,YES,--yes)

copy-packs: $(VENV)/.installed  ## Copy all packs of the stack FROM to the stack STACK (flavor oci).
	@$(CLI) copy-packs

catalog: $(VENV)/.installed  ## Write a page with all packs, or those of PACK=DIR. FILE=catalog.html.
	@$(CLI) catalog

##@ Register it in Palette

register-key: $(VENV)/.installed  ## Store the Palette API key, from a prompt or PALETTE_API_KEY.
	@$(CLI) register-key

register-preview: $(VENV)/.installed  ## Show what `make register` would change.
	@$(CLI) register-preview

register: $(VENV)/.installed  ## Register the registry in Palette, or update its registration.
	@$(CLI) register

unregister: $(VENV)/.installed  ## Remove the registration from Palette.
	@$(CLI) unregister

registration: $(VENV)/.installed  ## Print the form for Palette's console. FILE=ca.crt CLI_TRUST=1 SECRETS=1.
	@$(CLI) registration-form \
	  $(call option,CLI_TRUST,--cli-trust) $(call option,SECRETS,--secrets)

##@ Try without Pulumi

try: $(VENV)/.installed  ## Run a trial. Ctrl-C removes it. DETACH=1 keeps it. SECRETS=1, OUTPUT=name.
	@$(CLI) try-up \
	  $(call option,SECRETS,--secrets) $(call option,DETACH,--detach)

try-ca: $(VENV)/.installed  ## Print the CA certificate of the trial.
	@$(CLI) try-ca

try-down: $(VENV)/.installed  ## Remove everything that `make try` created.
	@$(CLI) try-down

##@ Develop

dev-image:  ## Build the development image.
	@$(BUILD_IMAGE)

lint: $(VENV)/.installed-dev  ## Check formatting, style, types, layers, words, lengths and shell scripts.
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m tools.words
	$(RUN) -m tools.sizes
	$(VENV)/bin/shellcheck -x dev_image/build.sh tools/venv.sh .ci/run tests/cluster/*.sh

format: $(VENV)/.installed-dev  ## Format the code.
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

reference: $(VENV)/.installed-dev  ## Generate the reference documentation from the code.
	$(RUN) -m tools.reference
	$(RUN) -m tools.docs
	$(RUN) -m tools.environment_reference

lock: $(VENV)/.installed-dev  ## Lock the dependencies of pyproject.toml, with hashes. Requires uv.
	$(RUN) -m tools.lock

wheel: $(VENV)/.installed  ## Build a wheel with the components for programs in Python, in dist/.
	@$(RUN) -m pip wheel --quiet --no-deps --wheel-dir dist .
	@echo "> Wrote $$(ls -t dist/*.whl | head -n 1)"

picture: $(VENV)/.installed dev-image  ## Render the pictures of docs/images. Requires Chromium for the catalog.
	$(RUN) -m tools.catalog_picture
	$(RUN) -m tools.picture

snapshots: $(VENV)/.installed-dev dev-image  ## Renew all reviewed snapshots. Review their difference.
	$(RUN) -m pytest -n 0 --snapshot-update $(sort $(dir $(shell find tests -name __snapshots__)))
	@if command -v pulumi || [ -x ~/.pulumi/bin/pulumi ]; then \
	  RENEW_SNAPSHOTS=1 REQUIRE_ENGINE=1 $(RUN) -m pytest tests/engine/test_previews.py -k matches_snapshot; \
	else echo "Skipped the snapshots of previews: the Pulumi CLI is not installed"; fi

##@ Test

test: $(VENV)/.installed-dev test-image  ## Run all tests. REQUIRE_DOCKER=1 REQUIRE_ENGINE=1 forbid skips.
	$(RUN) -m pytest

test-unit: $(VENV)/.installed-dev  ## Run the tests that need neither Docker nor Pulumi.
	EXAMPLES=10 $(RUN) -m pytest -n logical tests/common tests/components tests/cli tests/package tests/support

test-docs: $(VENV)/.installed-dev  ## Run the tests of the documentation, the tools and the contract.
	$(RUN) -m pytest tests/docs tests/tools tests/bench tests/contract

test-packs: $(VENV)/.installed-dev  ## Run the tests of packs and backups that need no registry.
	$(RUN) -m pytest tests/packs tests/backup

test-processes: $(VENV)/.installed-dev  ## Run the tests of commands and certificates in real processes.
	$(RUN) -m pytest tests/processes

test-palette: $(VENV)/.installed-dev  ## Run the registration's tests against a simulated Palette API.
	$(RUN) -m pytest tests/palette

test-policy: $(VENV)/.installed-dev  ## Run the tests of the policy pack.
	$(RUN) -m pytest tests/policy

test-trial: $(VENV)/.installed-dev dev-image  ## Run the tests that need Docker but not Pulumi.
	$(RUN) -m pytest tests/trial tests/live -k trial

test-engine: $(VENV)/.installed-dev dev-image  ## Run the tests that need the Pulumi CLI.
	$(RUN) -m pytest tests/live tests/engine

test-kubernetes: $(VENV)/.installed-dev  ## Run the tests on the cluster of KUBECONFIG (tests/kubernetes).
	REQUIRE_KUBERNETES=1 REQUIRE_CLUSTER=1 $(RUN) -m pytest tests/kubernetes -n 1

test-cluster:  ## Start a Kubernetes cluster on this machine, as root. Prints KUBECONFIG.
	@$(BUILD_IMAGE) >&2 # the output is for `eval`
	@tests/cluster/up.sh

test-cluster-down:  ## Stop the cluster of `make test-cluster`.
	@tests/cluster/stop.sh

test-conformance: $(VENV)/.installed-dev dev-image bench/.bin/conformance bench/.bin/registry  ## Run the OCI conformance program on every server.
	$(RUN) -m pytest tests/conformance -n 0

test-image:  ## Build the development image. Run its tests if Go is installed.
	@$(BUILD_IMAGE) || [ "$$REQUIRE_DOCKER" != 1 ]
	@if command -v go >/dev/null; then cd dev_image && go test ./...; \
	else echo "Skipped the tests of the development image: Go is not on PATH"; fi

matrix: $(VENV)/.installed-dev dev-image bench/.bin/pebble  ## Run the pairwise matrix. CELLS="s3 tcp" selects cells.
	$(RUN) -m tests.matrix.matrix

bench: $(VENV)/.installed-dev bench/.venv/.installed dev-image bench/.bin/vegeta bench/.bin/oras  ## Run the benchmarks. MEASURE="update preview" selects some.
	$(RUN) -m bench

tools: $(addprefix bench/.bin/,pebble oras registry actionlint conformance)  ## Build the programs that some tests need.

clean:  ## Remove the virtual environment and caches. Keep state and packs.
	rm -rf $(VENV) package/$(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt tools/venv.sh
	@tools/venv.sh $(VENV) requirements.txt
	@touch $@

bench/.venv/.installed: requirements.txt tools/venv.sh
	@tools/venv.sh bench/.venv requirements.txt
	@touch $@

bench/.bin/vegeta: MODULE = github.com/tsenart/vegeta/v12@v12.13.0
bench/.bin/oras: MODULE = oras.land/oras/cmd/oras@v1.2.3
bench/.bin/actionlint: MODULE = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
PEBBLE := github.com/letsencrypt/pebble/v2/cmd
bench/.bin/pebble: MODULE = $(PEBBLE)/pebble@v2.10.1 $(PEBBLE)/pebble-challtestsrv@v2.10.1
DISTRIBUTION = $(shell awk '/distribution\/v3 / { print $$2 }' dev_image/go.mod)
bench/.bin/registry: MODULE = github.com/distribution/distribution/v3/cmd/registry@$(DISTRIBUTION)
CONFORMANCE := v0.0.0-20260831232431-97274622c111
bench/.bin/conformance: MODULE = github.com/opencontainers/distribution-spec/conformance@$(CONFORMANCE)
$(addprefix bench/.bin/,vegeta oras actionlint pebble registry conformance):
	@command -v go >/dev/null || { echo "Building $(@F) requires Go. Install it" \
	  "(for example, \`sudo apt-get install golang\`), then run this command again."; exit 1; }
	CGO_ENABLED=0 GOBIN="$$PWD/bench/.bin" go install -trimpath -ldflags '-s -w' $(MODULE)

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@tools/venv.sh $(VENV) requirements-dev.txt
	@touch $@
