"""The routes of attendance."""
