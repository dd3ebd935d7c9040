"""The accounts feature's HTTP."""
