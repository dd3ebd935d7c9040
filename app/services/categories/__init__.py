"""The catalogue of what can be reported."""

from app.services.categories.queries import find, list_active

__all__ = ["find", "list_active"]
