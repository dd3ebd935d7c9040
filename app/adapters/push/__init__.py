"""Ways to people's phones: one vendor a file."""
