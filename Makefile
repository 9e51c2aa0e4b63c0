# The project's commands. `make check` is the quick warm look, `make test` is everything, as CI runs it.
.PHONY: build check test bless bench fmt consumers failover install

# Builds topoc and compiles the reference topology.
build:
	cargo build --release
	target/release/topoc build

# Quick and warm: what a commit must hold. The two tests that try every field take minutes: `make test` has them.
check:
	cargo fmt --check
	cargo clippy --all-targets --quiet -- -D warnings
	cargo test --quiet -- --skip every_field_does_what --skip hostile_texts_break_out

test: install
	cargo fmt --check
	cargo clippy --all-targets --quiet -- -D warnings
	cargo test
	tests/consumers/selftest.py --failover
	$(MAKE) --no-print-directory consumers failover
	benches/run.sh --quick

install:
	tests/install.sh

# Every generated tree through the real programs: the committed one and what every case expects.
consumers: install
	tests/consumers/health.py tests/cases/copies-and-checks/expect/kubernetes
	tests/consumers/check.py $(wildcard generated) $(wildcard tests/cases/*/expect)

# The masters of the committed tree, run and broken.
failover: install
	tests/consumers/failover.py generated

# Writes what the tests compare with; look at the difference before committing it.
bless:
	cargo run --quiet -- build
	TOPOC_BLESS=1 cargo test --test cases --test house

bench:
	benches/run.sh

fmt:
	cargo fmt
