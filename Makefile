# Two commands for a new user: `make demo` and `make test`. Everything is installed into .venv.
PY := .venv/bin/python
.PHONY: demo demo-once test check bench install install-dev lock translations clean

demo: install          ## the whole mission in a browser, with a practice LMS; Ctrl-C stops it
	$(PY) -m lti_app.demo

demo-once: install     ## the same loop without a person; exits 1 if a step fails
	$(PY) -m lti_app.demo --once

test: install-dev      ## all tests, on SQLite and, where found, on PostgreSQL and Redis
	$(PY) -m pytest -n auto --dist loadfile

check: install-dev     ## style, types, directions of imports, translations
	.venv/bin/ruff format --check . && .venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m lti_app.ui.catalogs check

bench: install-dev     ## ratios and times, printed as tables
	$(PY) -m tests.benchmarks

install: .venv/.installed
install-dev: .venv/.installed-dev

# Catalogs are compiled at every install, so that a pulled translation is never stale.
define install_from
	test -x $(PY) || python3 -m venv .venv
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r $(1)
	$(PY) -m lti_app.ui.catalogs compile
endef

.venv/.installed: pyproject.toml requirements.lock $(wildcard lti_app/ui/translations/*/*/*.po)
	$(call install_from,requirements.lock)
	touch $@

.venv/.installed-dev: pyproject.toml requirements-dev.lock $(wildcard lti_app/ui/translations/*/*/*.po)
	$(call install_from,requirements-dev.lock)
	touch .venv/.installed $@

lock:                  ## pin everything anew (needs pip-tools)
	$(LOCK) --extra postgres --extra redis -o requirements.lock pyproject.toml
	$(LOCK) --extra dev -o requirements-dev.lock pyproject.toml

LOCK := pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header

translations:          ## collect the pages' texts into the catalogs
	$(PY) -m lti_app.ui.catalogs collect

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
