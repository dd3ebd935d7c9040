"""Measurements; each module is a command and writes its table into RESULTS.md."""
