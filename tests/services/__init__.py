"""Real servers for the suite and the benchmark, on free loopback ports: `python -m tests.services`."""
