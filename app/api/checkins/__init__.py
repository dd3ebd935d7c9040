"""The checkins feature's HTTP."""
