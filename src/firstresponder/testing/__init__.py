"""Fakes of the ports, and the conformance suites that real adapters must pass too."""
