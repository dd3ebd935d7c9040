"""The routes of certificates."""
