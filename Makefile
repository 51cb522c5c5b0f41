# The two commands are `make serve` and `make test`. They need Python 3.11 or newer with pip, and nothing else.
PYTHON = python3
# Extras to install: make serve EXTRAS="postgres fast"
EXTRAS =
INSTALL = -m pip install -qq --disable-pip-version-check --require-hashes --no-deps
PIP = .venv/bin/python $(INSTALL)

define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("$(PYTHON) cannot make a virtual environment. On Debian: apt-get install python%d.%d-venv" % sys.version_info[:2])
endef
export CHECK_PYTHON

# Where tools that are no part of the site are fetched to.
CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/the-way-back

.PHONY: serve test bench observatory scan audit sbom faults guards drill lint lock

serve: .venv/ready $(EXTRAS:%=.venv/ready-%)
	@exec .venv/bin/python manage.py serve

# make test TESTS="tests/intake -k phone" runs some of them. A process for each core takes whole files, and has its own DATA_DIR.
test: .venv/ready-dev
	@browser=$$(sh tests/browser/find_chromium.sh) && nginx=$$(sh tests/deploy/find_nginx.sh $(CACHE)/nginx) || exit 1; \
	if [ -z "$$browser" ]; then set -- -m "not browser"; fi; \
	CHROMIUM="$$browser" NGINX_PATH="$$nginx" exec .venv/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder "$$@" $(TESTS)

# The figures of docs/measured.md, measured anew, in about half an hour. One of them: .venv/bin/python bench/publishing.py;
# a desk with a million requests: .venv/bin/python bench/desk.py. wrk and nginx are Debian's.
PEERS = $(CACHE)/peers
bench: .venv/ready-dev $(PEERS)/ready
	@for each in pages mixed slow forms reader publishing posts "desk 20000"; do \
	set -- $$each; PEERS=$(PEERS) .venv/bin/python bench/$$1.py $$2 || exit 1; done

# What Mozilla's HTTP Observatory says of the site's headers, by its own scanner, on this machine alone. Needs node and npm.
observatory: .venv/ready $(CACHE)/observatory/ready
	@.venv/bin/python bench/observatory/scan.py $(CACHE)/observatory

# What wapiti and sqlmap find on a real site, on this machine alone. About five minutes.
scan: .venv/ready $(CACHE)/scan/ready
	@.venv/bin/python bench/scan/scan.py $(CACHE)/scan

# Are faults known of any locked package? Needs the net. What could not be asked about counts as a failure.
AUDIT = $(CACHE)/audit
audit: $(AUDIT)/ready
	@$(AUDIT)/bin/python -m tests.audit

# What the site is made of, with hashes, for whoever must know (CycloneDX).
sbom: $(AUDIT)/ready
	@$(AUDIT)/bin/python -W ignore::UserWarning -m cyclonedx_py requirements --output-reproducible \
	--pyproject pyproject.toml -o sbom.json requirements.txt
	@echo "It is in sbom.json."

lint: .venv/ready-dev
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/ruff check --quiet
	@find templates -name '*.html' -exec .venv/bin/djade --check {} +
	@DATA_DIR=$$(mktemp -d) && export DATA_DIR && trap 'rm -rf "$$DATA_DIR"' EXIT && \
	.venv/bin/python manage.py makemigrations --check && \
	PUBLIC_HOSTS=www.example.org BEHIND_TLS=yes .venv/bin/python manage.py check --deploy --fail-level WARNING

# Breaks real sites on this machine in every way we know, for about a quarter of an hour. ONLY=PostgreSQL tries some.
# Before that, thousands of inputs that nobody sends, others each time.
INPUTS = .venv/bin/python -m pytest -q --hypothesis-profile=faults tests/intake/test_bad_input.py tests/intake/test_masking.py
faults: .venv/ready-dev
	@$(if $(ONLY),:,$(INPUTS))
	@.venv/bin/python -m tests.faults $(ONLY)

# Takes each line that guards something out of a copy of this tree, one at a time: does its test fail? ONLY=vault tries some.
guards: .venv/ready-dev
	@.venv/bin/python -m tests.guards $(ONLY)

# Backs 100,000 requests up while people press, brings them back elsewhere, and compares every row: a few minutes.
drill: .venv/ready-dev
	@.venv/bin/python -m tests.drill

# The stamps are touched last, so that an interrupted installation is repeated.
.venv/ready: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo "Installing the locked packages into .venv ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) -r $<
	@touch $@

.venv/ready-%: requirements-%.txt .venv/ready
	@$(PIP) -r $<
	@touch $@

$(CACHE)/%/ready: requirements-%.txt
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python $(INSTALL) -r $<
	@touch $@

# Its own install scripts do not run: they would fetch the browsers' list of preloaded hosts, in which ours is not.
$(CACHE)/observatory/ready: bench/observatory/package-lock.json
	@command -v npm >/dev/null || { echo "make observatory needs node 20 or newer, with npm." >&2; exit 1; }
	@mkdir -p $(@D)
	@cp bench/observatory/package.json $< $(@D)
	@cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@echo '{}' > $(@D)/node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json
	@touch $@

# Writes the lock files from pyproject.toml: pinned, with hashes, naming no index. Needs uv. UPGRADE=--upgrade takes newer
# releases; else what is pinned stays.
UPGRADE =
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(UPGRADE) \
	pyproject.toml
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	@$(LOCK) -o requirements.txt
	@$(LOCK) --extra dev --extra postgres -c requirements.txt -o requirements-dev.txt
	@$(LOCK) --extra postgres -c requirements-dev.txt -o requirements-postgres.txt
	@$(LOCK) --extra fast -c requirements.txt -o requirements-fast.txt
	@$(LOCK:pyproject.toml=--group audit) -o requirements-audit.txt
	@$(LOCK:pyproject.toml=--group scan) -o requirements-scan.txt
	@$(LOCK:pyproject.toml=--group peers) -c requirements.txt -o requirements-peers.txt
