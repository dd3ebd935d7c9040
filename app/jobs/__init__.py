"""Work without a caller: reactions to events, and what the clock starts."""
