"""The business: no web framework, no vendor, no commit."""
