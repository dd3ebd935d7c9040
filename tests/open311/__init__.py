"""Open311: other systems' way in and out."""
