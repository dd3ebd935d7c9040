"""The routes of points."""
