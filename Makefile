# Everything runs from a fresh clone with make, git and one Python 3.10 to 3.13: the first target that needs it
# makes a virtual environment. Another interpreter:  make test PYTHON=python3.12 VENV=.venv-3.12

SUPPORTED := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.12 python3.11 python3.10 python3.13 python; do \
	$$name -c '$(SUPPORTED)' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv

RUN := $(VENV)/bin/python -m
READY := $(VENV)/.ready
TYPED := shared functions tests/emulator/oss_emulator tests/local tests/deploy
LOCKED := build base sts oidc redis dev
# Rooms in which every branch is tested.
FULLY_COVERED := shared/signing/*,shared/grants/*,shared/grants/objects/*,shared/seals/*,shared/oidc/*
# PACKAGED=1 demonstrates and serves what `make package` makes, in place of the source.
PACKAGES := $(if $(PACKAGED),package)

# Nothing here ever asks a metadata service for credentials.
export ALIBABA_CLOUD_ECS_METADATA_DISABLED := true
unexport PYTHONPATH

.PHONY: help demo serve test check lint covered bench bench-docs package sbom secrets policies why deploy infra infra-check app doctor remove readme requirements setup clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':[^#]*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:[^#]*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Try it

demo: $(READY) $(PACKAGES) ## every journey on real files, against the emulator, then exit
	$(RUN) tests.local demo $(if $(PACKAGED),--packaged) $(ARGS)

serve: $(READY) $(PACKAGES) ## the same, staying up, with a page on http://127.0.0.1:9000/ (PORT=…)
	$(RUN) tests.local serve $(if $(PACKAGED),--packaged) $(ARGS)

why: $(READY) ## why OSS refuses a URL: URL='https://…', ARGS for what else is known of the request
	@test -n "$$URL$$ARGS" || { echo "make why URL='https://…': the URL, in single quotes" >&2; exit 2; }
	@$(RUN) shared.diagnose $(if $(URL),"$$URL") $(ARGS)

##@ Deploy it

secrets: $(READY) ## lines for .env: SEAL_KEYS and UPLOAD_WEBHOOK_SECRET, new each time
	@$(RUN) tests.deploy secrets

infra: $(READY) ## roles, logs, alerts, queues as one ROS stack; asks (YES=1: not); DRY_RUN=1 only prints
	@$(RUN) tests.deploy infra $(if $(DRY_RUN),--dry-run) $(if $(YES),--yes) $(ARGS)

infra-check: $(READY) ## what make infra would change
	@$(RUN) tests.deploy infra --check $(ARGS)

deploy: $(READY) ## package, publish changed layers, s deploy; DRY_RUN=1 prints settings and plan
	$(RUN) tests.deploy deploy $(if $(DRY_RUN),--dry-run) $(ARGS)

doctor: $(READY) ## ask a deployment: URL=https://… (or GRANTS_DOMAIN), TOKEN=…, ORIGIN=…, WRITE=1
	@$(RUN) tests.deploy doctor $(if $(URL),"$$URL") $(if $(TOKEN),--token "$$TOKEN") \
		$(if $(ORIGIN),--origin "$$ORIGIN") $(if $(WRITE),--write) $(ARGS)

policies: $(READY) ## trust policy and policy of every role, as JSON; ACCOUNT_ID=… names the account
	@$(RUN) tests.deploy policies $(ARGS)

package: $(READY) ## layers and function archives under build/, for PLATFORM_PYTHON (3.12 or 3.10)
	$(RUN) tests.deploy package $(ARGS)

sbom: package ## what the layers hold, as CycloneDX, into build/sbom.cdx.json
	$(RUN) tests.deploy sbom

app: $(READY) ## this project as an application for s init, into build/
	@$(RUN) tests.deploy app

remove: $(READY) ## take a stage away: functions and stack; asks (YES=1: not); never the bucket
	@$(RUN) tests.deploy remove $(if $(YES),--yes) $(ARGS)

##@ Change it

setup: $(READY) ## the virtual environment

test: $(READY) ## all tests, on all cores; ARGS='-k presign' selects
	$(RUN) pytest -n auto --dist worksteal $(ARGS)

check: lint ## format, lint, types, docs in step, tests with coverage
	$(RUN) pytest -n auto --dist worksteal --cov --cov-report= $(ARGS)
	$(MAKE) --no-print-directory covered

lint: $(READY) ## what of make check needs no test: format, lint, types, docs in step
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy $(TYPED)
	$(RUN) tests.deploy readme --check

covered: $(READY) ## what of make check reads the coverage of the last run
	$(RUN) coverage report
	$(RUN) coverage report --include='$(FULLY_COVERED)' --fail-under=100

readme: $(READY) ## bring the generated parts of README and docs in step
	$(RUN) tests.deploy readme

bench: $(READY) ## the benchmarks, as ratios, into build/bench.json
	$(RUN) tests.benchmarks $(ARGS)

bench-docs: bench ## the same, and the plot of it into docs/speed.svg
	$(RUN) tests.benchmarks.plot

requirements: $(READY) ## pin again what requirements/*.in ask for, with hashes
	for name in $(LOCKED); do $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.10 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements' \
		--output-file requirements/$$name.txt requirements/$$name.in $(ARGS) || exit 1; done

clean: ## what make package and the tests leave behind
	rm -rf build .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements/build.txt requirements/dev.txt pyproject.toml tests/emulator/pyproject.toml
	@test -n "$(PYTHON)" || { echo 'No Python 3.10 to 3.13 found; name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c '$(SUPPORTED)' || { echo '$(PYTHON) is not Python 3.10 to 3.13' >&2; exit 1; }
	@echo 'setting up $(VENV) with the pinned requirements: once, a minute or two'
	@$(PYTHON) -m tests.deploy.prepare $(VENV)
	@touch $@
