"""The benchmarks: each runs with one command and prints a table."""
