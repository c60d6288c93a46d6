.PHONY: help setup build test conformance lint format demo live bench zoo torture page load results clean
.DEFAULT_GOAL := help

swift := Scripts/swift.sh

help:  ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 16

setup:  ## install what is missing: system packages, libtorch in .venv
	@Scripts/setup.sh

build: setup  ## the release binary, .build/release/net2net
	$(swift) build -c release --product net2net

test: lint-imports := --explicit-target-dependency-import-check error
test: configuration := debug
test:  ## set up, build and run all tests
	@Scripts/setup.sh --tests
	$(swift) build -c $(configuration) --build-tests $(lint-imports)
	$(swift) test -c $(configuration) --skip-build --skip ServingTests
	@# Servers keep deadlines, which tests that compute beside them would have them miss.
	$(swift) test -c $(configuration) --skip-build --filter ServingTests

conformance:  ## the ONNX project's own node tests, for the operators we claim
	@Scripts/setup.sh --tests
	$(swift) test --filter ConformanceTests

lint:  ## check formatting and habits
	@Scripts/lint.sh

format:  ## put all Swift files into the one format
	swift format --in-place --parallel $$(git ls-files '*.swift' | grep -v '\.pb\.swift$$')

demo: build  ## the whole story on Fashion-MNIST, with a report
	.build/release/net2net demo --force

live: build  ## a live model on Fashion-MNIST that learns from a stream; prints its address
	@Scripts/live.sh

bench:  ## time growth, training steps against PyTorch eager, and two ranks against one process
	@Scripts/setup.sh --tests
	$(swift) run -c release --package-path Benchmarks GrowthBenchmark
	$(swift) run -c release --package-path Benchmarks TrainingBenchmark
	$(swift) run -c release --package-path Benchmarks DataParallelBenchmark

zoo: jobs := 2
zoo: build  ## prove growth on exports of torchvision and transformers, against onnxruntime
	@Scripts/setup.sh --tests
	.venv/bin/python Tests/Zoo/check.py --jobs $(jobs)

torture: kills := 100
torture: build  ## kill runs and servers, fill disks: what was saved survives (kills=N, 100 unless given)
	@Scripts/setup.sh --tests
	.venv/bin/python Tests/Torture/torture.py --kills $(kills)
	.venv/bin/python Tests/Torture/live.py --kills $(kills)

page: build  ## use the page of a live model in headless Chromium
	@Scripts/setup.sh --tests
	.venv/bin/python Tests/Live/page.py

load: build  ## 64 clients for a minute while a live model learns, in turns with onnxruntime behind a small server
	@Scripts/setup.sh --tests
	.venv/bin/python Tests/Live/load.py --seconds 60 --swaps 6 --learn

results: build  ## run every experiment of Experiments/ and keep its tables; hours, goes on where it stopped
	@Scripts/results.sh

clean:  ## remove what was built; .venv stays
	rm -rf .build
