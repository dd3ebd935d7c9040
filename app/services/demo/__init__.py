"""Invented data for a demonstration, marked as invented."""
