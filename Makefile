# One environment, .venv, serves every command. GNU make 3.81 (macOS) is enough.

VENV  := .venv
PY    := $(VENV)/bin/python
STAMP := $(VENV)/installed

# Pictures are not compared, texts are; a cell that takes longer than this hangs.
CELL_TIMEOUT := 120

# Tests run in several processes: one for each core that this one may use, and no more than eight,
# for each takes half a gigabyte. So numpy must not take all cores in each of them.
WORKERS = $(shell $(PY) -c 'import os; \
	print(min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()))')
PARALLEL = OMP_NUM_THREADS=1 $(PY) -m pytest --numprocesses=$(WORKERS)

# Which versions are installed; empty: the newest of everything.
CONSTRAINTS := constraints.txt

RECENT := import sys; sys.exit(sys.version_info < (3, 11))

# An environment keeps its Python unless told otherwise. For a new one: `python3` is an old one on
# some systems that have a newer one beside it.
ifndef PYTHON
PYTHON := $(shell for p in $(PY) python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(RECENT)' 2>/dev/null && echo $$p && break; done)
endif
ifeq ($(PYTHON),)
PYTHON := python3
endif

# The stamp says from what, where and for which Python the environment was made: scripts in it hold
# the folder's path, so that a moved folder needs a new one, and so does another PYTHON.
WANTED := $(CONSTRAINTS) in $(CURDIR), Python $(shell $(PYTHON) -c \
	'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
FOUND := $(shell $(PY) -c '' 2>/dev/null && cat $(STAMP) 2>/dev/null)
ifneq ($(FOUND),$(WANTED))
.PHONY: $(STAMP)
endif

# The site has an environment of its own: its versions differ, see site/requirements.txt.
SITE       := _site
SITE_VENV  := .venv-site
SITE_PY    := $(SITE_VENV)/bin/python
SITE_STAMP := $(SITE_VENV)/installed
SITE_FOUND := $(shell $(SITE_PY) -c '' 2>/dev/null && cat $(SITE_STAMP) 2>/dev/null)
ifneq ($(SITE_FOUND),$(WANTED))
.PHONY: $(SITE_STAMP)
endif

.PHONY: help lab demo test test-browser test-versions bench notebooks pages site constraints clean

help:
	@echo "make lab          open the notebooks in JupyterLab   (LAB_ARGS='--no-browser' for more flags)"
	@echo "make demo         serve them as apps for a lecture: no code, large   (DEMO_ARGS='--no-browser')"
	@echo "make test         unit tests, lint, and every notebook run and compared with its stored output"
	@echo "make test-browser every figure moved in JupyterLab, Notebook 7 and Voilà, in Chromium or Chrome"
	@echo "                  and the first of each in Firefox and in WebKit, where they are"
	@echo "                  (BROWSER_ARGS='-k lab', '-k notebook7', '-k engines' for a part of it)"
	@echo "make test-versions the tests with the lowest and the newest versions of everything, on each Python"
	@echo "make bench        how fast figures answer and paths are walked, as ratios   (adds torch and optax)"
	@echo "make notebooks    run every notebook again and store its outputs"
	@echo "make pages        the notebooks as pages to read, in $(SITE): figures move without Python"
	@echo "                  (PAGES=notebooks/03_momentum.ipynb for one of them)"
	@echo "make site         the same, and JupyterLite, in which they run in the browser alone"
	@echo "                  (PYODIDE=.pyodide puts the runtime inside, for networks that block others)"
	@echo "make constraints  renew constraints.txt, the tested versions   (needs python3.11 and python3.12)"
	@echo "make clean        remove the environment and all caches"
	@echo
	@echo "The first command creates an environment in $(VENV); PYTHON=python3.12 chooses the Python for it."

$(STAMP): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c '$(RECENT)' 2>/dev/null || { \
		echo "adamviz needs Python 3.11 or newer, but '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo not there)."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot create environments: its venv module is missing."; \
		echo "On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@mkdir -p $(VENV) 2>/dev/null && test -w $(VENV) || { \
		echo "The environment has no place: $(VENV) cannot be written here."; \
		echo "Name a folder that can: make VENV=/path/to/a/folder ..."; exit 1; }
	@echo "==> Creating an environment in $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "==> Installing adamviz, JupyterLab and the test tools into it"
	@echo "    (about 110 MB to download; one to three quiet minutes, this first time only)"
	@$(PY) -m pip install --quiet --disable-pip-version-check \
		$(addprefix --constraint ,$(CONSTRAINTS)) --editable '.[lab,test]'
	@echo '$(subst ','\'',$(WANTED))' > $(STAMP)

lab: $(STAMP)
	@echo "==> Opening JupyterLab on notebooks/00_start_here.ipynb (Ctrl-C here stops it)"
	@$(PY) tools/lab.py $(LAB_ARGS)

demo: $(STAMP)
	@echo "==> Serving the notebooks without code, in projector size (Ctrl-C here stops it)"
	@$(PY) tools/demo.py $(DEMO_ARGS)

# Whoever has changed a notebook is told what to type; one that was only run and saved is as it was.
# Other notebooks in the folder are the reader's own.
COLLECTION = $$($(PY) tools/notebooks.py --list)

test: $(STAMP)
	@$(PY) tools/notebooks.py --check
	@echo "==> 1 of 3: unit tests"
	@$(PARALLEL) --dist=worksteal --ignore=tests/browser
	@echo "==> 2 of 3: lint"
	@$(PY) -m ruff check --no-cache adamviz tests tools $(COLLECTION)
	@echo "==> 3 of 3: running every notebook and comparing its outputs with the stored ones"
	@$(PARALLEL) --dist=loadfile -p tools.nbval_normal --nbval --nbval-current-env \
		--nbval-cell-timeout=$(CELL_TIMEOUT) --nbval-kernel-startup-timeout=$(CELL_TIMEOUT) \
		$(COLLECTION)
	@echo "==> All is well."

# Apart from `make test`, because not every machine has a browser, and this takes minutes.
test-browser: $(STAMP)
	@$(PY) -c 'import notebook, playwright' 2>/dev/null || { \
		echo "==> Installing Notebook 7 and playwright"; \
		$(PY) -m pip install --quiet --disable-pip-version-check \
			--constraint constraints.txt --editable '.[browser]'; }
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		echo "==> SKIPPED: there is no chromium or google-chrome on the PATH, so no test in it runs."
	@echo "==> Moving the figures in headless Chromium, Firefox and WebKit"
	@$(PY) -m pytest --capture=no --durations=15 tests/browser $(BROWSER_ARGS)  # it prints times

# `make test` six times, each in an environment of its own; half an hour.
VERSIONS := lowest newest
PYTHONS := 3.11 3.12 3.13
test-versions:
	@for python in $(PYTHONS); do for version in $(VERSIONS); do \
		echo "==> Python $$python with the $$version versions"; \
		case $$version in lowest) file=tests/lowest.txt ;; *) file= ;; esac; \
		rm -rf .versions/$$python-$$version; \
		$(MAKE) --no-print-directory test CONSTRAINTS=$$file \
			PYTHON=python$$python VENV=.versions/$$python-$$version || exit 1; done; done

# Compared with torch, optax and a redrawn figure; these come with this command only.
bench: $(STAMP)
	@echo "==> Installing torch, optax and playwright"
	@$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--requirement tools/bench.txt --editable '.[browser]'
	@$(PY) tools/bench.py

notebooks: $(STAMP)
	@echo "==> Running every notebook and storing its outputs"
	@$(PY) tools/notebooks.py

$(SITE_STAMP): site/requirements.txt
	@echo "==> Creating an environment for building the site in $(SITE_VENV)"
	@$(PYTHON) -m venv --clear $(SITE_VENV)
	@$(SITE_PY) -m pip install --quiet --disable-pip-version-check --requirement site/requirements.txt
	@echo '$(subst ','\'',$(WANTED))' > $(SITE_STAMP)

pages: $(STAMP)
	@echo "==> Running every notebook, and drawing what its page holds"
	@$(PY) tools/build_pages.py --output '$(SITE)' $(PAGES)

# JupyterLite first: it makes the folder anew, and the pages lead to it where it is there.
site: $(STAMP) $(SITE_STAMP)
	@PYTHONPATH=. $(SITE_PY) tools/build_site.py --output '$(SITE)' $(if $(PYODIDE),--pyodide '$(PYODIDE)')
	@$(MAKE) --no-print-directory pages

# Resolved for the first patch release of each Python: some packages leave out the early ones that
# Linux distributions still ship. And some leave out 3.11 as a whole, so that it keeps versions of
# its own; what suits 3.12 is what all newer ones get.
LIST := import json, sys; [print(i["metadata"]["name"] + "==" + i["metadata"]["version"]) \
	for i in json.load(sys.stdin)["install"] if i["metadata"]["name"] != "adamviz"]
constraints:
	@for p in python3.11 python3.12; do $$p -c 'import ensurepip' || { \
		echo "This needs both python3.11 and python3.12 on the PATH."; exit 1; }; done
	@rm -rf .constraints
	@for p in 3.11 3.12; do \
		echo "==> Finding the newest version of everything that runs on Python $$p.0"; \
		python$$p -m venv .constraints/$$p && \
		.constraints/$$p/bin/python -m pip install --quiet --disable-pip-version-check \
			--dry-run --ignore-installed --report .constraints/report --target .constraints/none \
			--python-version $$p.0 --only-binary :all: '.[lab,test,browser]' && \
		.constraints/$$p/bin/python -c '$(LIST)' < .constraints/report > .constraints/found && \
		LC_ALL=C sort .constraints/found > .constraints/$$p.txt || exit 1; done
	@cd .constraints && { \
		echo "# The tested versions, for Python 3.11 and newer. Never edited: 'make constraints' writes it."; \
		{ LC_ALL=C comm -12 3.11.txt 3.12.txt; \
		  LC_ALL=C comm -23 3.11.txt 3.12.txt | sed 's/$$/ ; python_version < "3.12"/'; \
		  LC_ALL=C comm -13 3.11.txt 3.12.txt | sed 's/$$/ ; python_version >= "3.12"/'; \
		} | LC_ALL=C sort -f; } > ../constraints.txt
	@rm -rf .constraints
	@echo "==> constraints.txt is new. Now: make notebooks test"

clean:
	rm -rf $(VENV) $(SITE_VENV) _site .pyodide .constraints .versions
	rm -rf .ruff_cache .pytest_cache .hypothesis
	find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
