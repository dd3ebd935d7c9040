"""Handling units: who mends what is reported."""

from app.services.units.queries import get

__all__ = ["get"]
