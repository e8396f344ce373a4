"""Contract suites and doubles for the tests of your own strategies, stores and storages."""
