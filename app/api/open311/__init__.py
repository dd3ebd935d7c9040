"""Open311 GeoReport v2, as its specification writes it, and the partners' keys."""
