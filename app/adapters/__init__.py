"""The outside world, one file a vendor; only ``wiring`` imports them."""
