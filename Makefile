# The two commands that matter: `make compare` and `make test`. Both do their own set-up.
SHELL := /bin/bash
REPORT ?= reports/latest
BROWSER := /usr/lib/chromium/chromium-headless-shell
DRIVER := /usr/bin/chromedriver
PACKAGES := chromium chromium-driver chromium-headless-shell
REDIS := redis-server
FOREIGN := mock-idp/foreign

.PHONY: compare test test-rust lint ui foreign browser redis tools

compare: tools browser ui
	@echo "== building versus"
	cargo build --workspace
	@echo "== attacking and comparing the architectures (protocol and browser)"
	cargo run --quiet -- run -o $(REPORT)

# A foreign relying party, a foreign provider or a Redis that cannot run is then a failure, not a skipped test.
test: export FOREIGN_REQUIRED := 1
test: export REDIS_REQUIRED := 1
test: tools browser redis ui foreign test-rust

test-rust:
	@echo "== building and running the tests"
	cargo test --workspace --no-fail-fast

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

tools:
	@command -v cargo >/dev/null || { echo "error: cargo is missing: install Rust 1.95 or later (https://rustup.rs)" >&2; exit 3; }
	@command -v npm >/dev/null || { echo "error: npm is missing: install Node.js 20 or later" >&2; exit 3; }

browser:
	@if [ -x $(BROWSER) ] && [ -x $(DRIVER) ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
	  echo "error: the browser is missing; on Debian run: sudo apt-get install $(PACKAGES)" >&2; \
	  echo "       elsewhere install Chromium's headless shell and ChromeDriver as $(BROWSER) and $(DRIVER)" >&2; exit 3; fi; \
	echo "== installing $(PACKAGES)"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null

# The tests start it themselves, on a free port or a socket of their own; the service that the package brings is not used.
redis:
	@if command -v $(REDIS) >/dev/null; then exit 0; fi; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
	  echo "error: Redis is missing; on Debian run: sudo apt-get install $(REDIS)" >&2; exit 3; fi; \
	echo "== installing $(REDIS)"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(REDIS) >/dev/null

ui: ui/dist/.built

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	@echo "== installing the page's npm packages"
	npm --prefix ui ci --no-audit --no-fund --loglevel=error
	@touch $@

ui/dist/.built: ui/node_modules/.package-lock.json $(shell find ui/src ui/vite.config.ts ui/tsconfig.json -type f 2>/dev/null)
	@echo "== building the page for each architecture"
	npm --prefix ui run --silent build
	@touch $@

foreign: tools $(FOREIGN)/javascript/node_modules/.package-lock.json $(FOREIGN)/python/.venv/.installed \
  $(FOREIGN)/provider/node_modules/.package-lock.json

$(FOREIGN)/javascript/node_modules/.package-lock.json: $(FOREIGN)/javascript/package.json $(FOREIGN)/javascript/package-lock.json
	@echo "== installing the foreign relying party in JavaScript"
	npm --prefix $(FOREIGN)/javascript ci --no-audit --no-fund --loglevel=error
	@touch $@

$(FOREIGN)/provider/node_modules/.package-lock.json: $(FOREIGN)/provider/package.json $(FOREIGN)/provider/package-lock.json
	@echo "== installing the foreign provider"
	npm --prefix $(FOREIGN)/provider ci --no-audit --no-fund --loglevel=error
	@touch $@

$(FOREIGN)/python/.venv/.installed: $(FOREIGN)/python/requirements.txt
	@python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: python3 with venv is missing: install Python 3.11 or later (on Debian: sudo apt-get install python3 python3-venv)" >&2; exit 3; }
	@echo "== installing the foreign relying party in Python"
	python3 -m venv --clear $(FOREIGN)/python/.venv
	$(FOREIGN)/python/.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r $(FOREIGN)/python/requirements.txt
	$(FOREIGN)/python/.venv/bin/pip check
	@touch $@
