# Short names for the usual steps; CMake does the work (see CMakePresets.json).
PRESET ?= release
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
BUILD := build/$(PRESET)

.PHONY: all demo build test mutations fuzz bench install format check-format tidy clean dependencies development

all: build

dependencies:
	@scripts/install_dependencies.sh

development:
	@scripts/install_dependencies.sh --development

# The sanitizers are clang's.
build: $(if $(filter asan,$(PRESET)),development,dependencies)
	@cmake --preset $(PRESET) --log-level=NOTICE >/dev/null
	@cmake --build $(BUILD) --parallel $(JOBS)

demo: build
	@scripts/demo.sh $(BUILD)

test: build
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error

# What holds for 2,000 changed dumps in `make test`, for more of them.
COUNT ?= 20000
SEED ?= 1
mutations: build
	@$(BUILD)/mutation_test --count $(COUNT) --seed $(SEED)

# make fuzz SECONDS=600 FUZZER=yaml; all fuzzers without FUZZER.
SECONDS ?= 60
fuzz: development
	@cmake --preset asan --log-level=NOTICE >/dev/null
	@cmake --build build/asan --target fuzzers --parallel $(JOBS)
	@scripts/fuzz.py build/asan --seconds $(SECONDS) $(addprefix --fuzzer ,$(FUZZER))

bench: build
	@python3 bench/run.py --build $(BUILD)

install: build
	cmake --install $(BUILD) --prefix $(PREFIX)

format: development
	@scripts/format.sh

check-format: development
	@scripts/format.sh --check

tidy: development
	@JOBS=$(JOBS) scripts/tidy.sh

clean:
	rm -rf build
