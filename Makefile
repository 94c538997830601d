# Needs Python 3.11 or newer and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PINS := --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-header --no-emit-index-url --no-emit-find-links --quiet
# Checks look the same whatever the shell holds.
CHECKING := env -u DATABASE_HOST ENVIRONMENT=TEST PROXY_URL=http://localhost
RANDOM_KEY := $$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))')
DEPLOYED = env -u DATABASE_HOST ENVIRONMENT=PRODUCTION \
	PROXY_URL=https://users.example HS_KEY=$(RANDOM_KEY) SECRET_KEY=$(RANDOM_KEY)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' Makefile

# -- Set-up: each stamp is newer than what it was made from ---------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Python 3.11 or newer is needed, $(PYTHON) is \
	$$($(PYTHON) --version 2>&1). Say which: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	echo "$(PYTHON) cannot make virtual environments; on Debian: \
	apt-get install python3-venv" >&2; exit 1; }

# The files name all there is to install: with --no-deps nothing else is looked for, so
# that a release of today cannot stand in the way of a pin of yesterday.
.venv/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what the service needs" >&2
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $< >&2
	@touch $@

.venv/.installed-dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing what tests and checks need" >&2
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $< >&2
	@touch $@

.env.development: | .venv/.installed
	@$(BIN)/python -m users_service.development --keys-only

.PHONY: install
install: .venv/.installed .venv/.installed-dev ## Install everything into .venv

.PHONY: update
update: .venv/.installed-dev ## Refresh the pinned versions and their hashes
	$(BIN)/uv pip compile $(PINS) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(PINS) requirements-dev.in -o requirements-dev.txt

.PHONY: clean
clean: ## Remove all that can be made again (keeps the database and its keys)
	rm -rf .venv build staticfiles .coverage* .hypothesis .import_linter_cache \
	.mypy_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- Running -------------------------------------------------------------------

.PHONY: run
run: .venv/.installed ## Migrate and serve on http://127.0.0.1:5000 (SERVER_PORT)
	@$(BIN)/python -m users_service.development

.PHONY: token
token: .venv/.installed | .env.development ## Print a token with every scope
	@$(MANAGE) issue_token --system local-tools --all-scopes --expires 1d

.PHONY: demo
demo: .venv/.installed | .env.development ## Add a few hundred invented clinicians
	@$(MANAGE) create_demo_clinicians

.PHONY: bench
bench: .venv/.installed ## Measure the API at two sizes, and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks --write docs/benchmarks.md

# -- Checking ------------------------------------------------------------------

.PHONY: test
test: .venv/.installed-dev ## Run the tests on SQLite and, if it answers, PostgreSQL
	@$(BIN)/python -m users_service.tests.run $(ARGS)

.PHONY: soak
soak: .venv/.installed-dev ## Run what docs/assurance.md promises at full length
	@$(BIN)/python -m users_service.tests.soak $(ARGS)

.PHONY: check
check: check-static ## Everything that must pass: check-static, tests, coverage
	@$(BIN)/python -m users_service.tests.run --coverage $(ARGS)

.PHONY: check-static
check-static: lint types imports migrations openapi-check readme-check deploy-check ## All checks but the tests

.PHONY: lint
lint: .venv/.installed-dev ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: .venv/.installed-dev ## Correct style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: .venv/.installed-dev ## Check types
	$(CHECKING) $(BIN)/mypy .

.PHONY: imports
imports: .venv/.installed-dev ## Check that imports run one way
	$(CHECKING) $(BIN)/lint-imports

.PHONY: migrations
migrations: .venv/.installed-dev ## Check that no migration is missing
	$(CHECKING) $(MANAGE) makemigrations --check --dry-run

.PHONY: openapi
openapi: .venv/.installed-dev ## Write docs/openapi.yaml
	$(CHECKING) $(MANAGE) spectacular --fail-on-warn --validate --file docs/openapi.yaml

.PHONY: openapi-check
openapi-check: .venv/.installed-dev ## Check that docs/openapi.yaml is up to date
	@mkdir -p build
	$(CHECKING) $(MANAGE) spectacular --fail-on-warn --validate --file build/openapi.yaml
	diff -u docs/openapi.yaml build/openapi.yaml

.PHONY: readme
readme: .venv/.installed-dev ## Refresh the README's route table and diagram
	$(CHECKING) $(MANAGE) refresh_readme

.PHONY: readme-check
readme-check: .venv/.installed-dev ## Check that the README is up to date
	$(CHECKING) $(MANAGE) refresh_readme --check

.PHONY: audit
audit: .venv/.installed-dev ## Ask PyPI for known vulnerabilities of what is pinned
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.txt

.PHONY: sbom
sbom: .venv/.installed-dev ## Write build/sbom.json: what the service is made of
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml \
	--output-reproducible --output-file build/sbom.json

.PHONY: deploy-check
deploy-check: .venv/.installed ## Check the settings as production has them
	$(DEPLOYED) $(MANAGE) check --deploy --fail-level WARNING

.PHONY: mutants
mutants: .venv/.installed-dev ## Change the code bit by bit: do the tests notice?
	@$(BIN)/python -m users_service.tests.mutants $(ARGS)
