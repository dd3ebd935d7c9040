"""Weather alerts over HTTP."""
