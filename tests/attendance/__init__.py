"""Attendance at shifts."""
