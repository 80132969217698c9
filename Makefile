# Two commands are enough: `make run` starts the product, `make test` tests it. Both build the environment when it is missing.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && { echo $$p; break; }; done)
BIN := .venv/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-long check audit services services-stop bench messages lock clean

help:  ## show the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-14s %s\n", $$1, $$2}' Makefile

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (python3 on the PATH)."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is needed: apt-get install python3-venv"; exit 1; }

.venv/product: requirements.txt | .venv/bin/python
	@.ci/install requirements.txt
	@touch $@

.venv/developer: requirements-dev.txt .venv/product
	@.ci/install requirements.txt requirements-dev.txt
	@touch $@

setup: .venv/developer  ## build the environment in .venv (does nothing when it is up to date)

run: .venv/product  ## start the product with embedded defaults; DEMO=0 starts it empty, PORT=8080 on another port
	@exec $(BIN)/python -m pleo.run

demo: .venv/product  ## fill the database of the environment with the demo companies
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo

test: setup  ## run the whole suite (on SQLite unless DATABASE_URL says otherwise)
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-long: setup  ## run what takes minutes to an hour (on PostgreSQL, Redis, S3 and Chromium); at most 90 minutes
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m tests.services run -- $(BIN)/pytest -n $(WORKERS) --dist worksteal -m long $(ARGS)

check: setup  ## format, lint, types, imports, templates, migrations, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	BASE_URL=https://pleo.example ALLOWED_HOSTS=pleo.example DATABASE_URL=postgres://pleo@db/pleo REDIS_URL=redis://redis:6379/0 \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))') \
	TOKEN_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))') \
	SIMULATOR_SECRET=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))') \
	EMAIL_URL=smtp://mail:25 $(BIN)/python manage.py check --deploy --fail-level WARNING

audit: setup  ## ask the package index for known weaknesses of what is pinned
	$(BIN)/pip-audit --strict -r requirements.txt --no-deps --disable-pip

services: setup  ## find or install, then start PostgreSQL, Redis, an S3 server and Chromium, and find accounting programs; their addresses go to var/services.env
	@$(BIN)/python -m tests.services start

services-stop: setup  ## stop what `make services` started
	@$(BIN)/python -m tests.services stop

bench: setup  ## measure, and write docs/benchmarks.md and benchmarks/results.json
	@$(BIN)/python -m tests.services run --durable --only postgres,redis -- $(BIN)/python -m benchmarks

messages: setup  ## gather words into locale/ (needs gettext's xgettext) and compile the catalogues
	$(BIN)/python manage.py makemessages --all --no-location --no-obsolete --no-wrap \
		--ignore '.venv/*' --ignore 'var/*' --ignore 'tests/*' --ignore 'staticfiles/*' --ignore 'benchmarks/*'
	$(BIN)/pybabel -q compile -d locale -D django

lock: setup  ## compile requirements*.in to the pinned requirements*.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean:  ## remove what the tools made (never var/, which holds data)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
