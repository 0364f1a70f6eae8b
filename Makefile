# SPDX-License-Identifier: Apache-2.0

# Everything below runs in a virtual environment of its own, .venv. It is made
# on first use and made again when the requirements, the interpreter or the
# place of this directory change.

PYTHON ?= python3
VENV = .venv
SERVICES = .venv-services
PY = $(VENV)/bin/python
APT = apt-get update && apt-get install -y make python3-venv

# Settings of the shell that would send pip or Python to another place.
unexport PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
export PIP_USER = 0
export PIP_DISABLE_PIP_VERSION_CHECK = 1

PYTHON_VERSION := $(shell $(PYTHON) -c \
	'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV_FOR = $(CURDIR) $(PYTHON) $(PYTHON_VERSION)

.PHONY: help demo test quick faults uwsgi services lint types contracts docs \
	bench clean FORCE
.DEFAULT_GOAL = help
# Two installations into one environment at the same time break it.
.NOTPARALLEL:

help:  ## list the targets
	@echo 'make TARGET [ARGS="..."] [PYTHON=python3.12]'
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## serve an example API, show its events (ARGS=--once)
	@$(PY) examples/demo.py $(ARGS)

test: $(VENV)/.test  ## run all tests that this machine can run
	@$(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

quick: $(VENV)/.test  ## run the tests that need few processes, for each save
	@$(PY) -m pytest -n 2 --dist loadgroup --ignore tests/faults \
	    --ignore tests/services --ignore tests/cli \
	    --ignore tests/test_documents_command.py \
	    --ignore tests/test_documents_hooks.py \
	    --ignore tests/test_documents_trail.py \
	    --ignore tests/test_documents_trail_command.py $(ARGS)

faults: $(VENV)/.test  ## try every fault for long, write the promises page
	@rm -f $(VENV)/faults.jsonl
	CADF_AUDIT_FAULT_SECONDS=60 \
	    CADF_AUDIT_FAULT_RESULTS=$(CURDIR)/$(VENV)/faults.jsonl \
	    $(PY) -m pytest -n 2 --dist loadgroup tests/faults $(ARGS)
	$(PY) -m tests.faults.promises $(VENV)/faults.jsonl \
	    doc/source/promises.md

uwsgi: $(VENV)/.uwsgi  ## add uWSGI for the tests (needs gcc, python3-dev)

services: $(SERVICES)/.made  ## add Keystone, Glance and Cinder for the tests

lint: $(VENV)/.lint  ## check style: ruff, and hacking through flake8
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m flake8

types: $(VENV)/.lint  ## check types: mypy
	$(PY) -m mypy

contracts: $(VENV)/.lint  ## check who may import whom: import-linter
	$(VENV)/bin/lint-imports

docs: $(VENV)/.docs  ## build doc/build/html, warnings are errors
	$(PY) -m sphinx -E -W --keep-going -q -b html doc/source doc/build/html
	@echo 'built doc/build/html/index.html'

bench: $(VENV)/.test  ## measure the filter against keystonemiddleware.audit
	@$(PY) benchmarks/run.py $(ARGS)

clean:  ## remove the virtual environment and all that was built
	rm -rf $(VENV) $(SERVICES) .tox build dist cover doc/build doc/source/_generated \
	    releasenotes/build *.egg-info .coverage .hypothesis \
	    .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo: examples/requirements.txt
$(VENV)/.test: test-requirements.txt
$(VENV)/.lint: lint-requirements.txt
$(VENV)/.docs: doc/requirements.txt
$(VENV)/.demo $(VENV)/.test $(VENV)/.lint $(VENV)/.docs: \
		$(VENV)/.made-for setup.cfg pyproject.toml
	@echo 'installing $(filter %.txt,$^) into $(VENV) ...' >&2
	@$(PY) -m pip install --quiet --editable . -r $(filter %.txt,$^)
	@touch $@

$(VENV)/.uwsgi: $(VENV)/.test
	@echo 'compiling uWSGI into $(VENV) ...' >&2
	@$(PY) -m pip install --quiet uwsgi
	@touch $@

# Other people's services, with all that they need, stay out of ours.
$(SERVICES)/.made: service-requirements.txt $(VENV)/.made-for setup.cfg
	@echo 'installing Keystone, Glance and Cinder into $(SERVICES) ...' >&2
	@$(PYTHON) -m venv --clear $(SERVICES)
	@$(SERVICES)/bin/python -m pip install --quiet --editable . -r $<
	@touch $@

# A directory that was copied or moved would otherwise go on running the
# package of the place it comes from.
ifneq ($(shell cat $(VENV)/.made-for 2>/dev/null),$(VENV_FOR))
$(VENV)/.made-for: FORCE
endif

$(VENV)/.made-for:
	@case '$(PYTHON_VERSION)' in \
	    3.1[1-9]|3.[2-9][0-9]) ;; \
	    '') echo '$(PYTHON) is not installed, or does not run.' >&2; \
	        [ '$(PYTHON)' != python3 ] || echo 'As root: $(APT)' >&2; \
	        exit 1 ;; \
	    *) echo '$(PYTHON) is Python $(PYTHON_VERSION), needed is 3.11 or' \
	        'later. If one is installed: make PYTHON=python3.11 ...' >&2; \
	        exit 1 ;; \
	esac
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo 'Python has no venv module. As root: $(APT)' >&2; exit 1; }
	@echo 'making $(VENV) with Python $(PYTHON_VERSION) ...' >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@echo '$(VENV_FOR)' > $@
