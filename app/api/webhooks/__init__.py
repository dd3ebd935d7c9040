"""Webhooks: whom a city platform has told, and what it was told."""
