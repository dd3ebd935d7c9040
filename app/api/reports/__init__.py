"""The reports feature's HTTP."""
