"""The areas feature's HTTP."""
