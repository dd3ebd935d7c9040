"""The units feature's HTTP."""
