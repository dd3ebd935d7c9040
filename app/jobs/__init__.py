"""Work that no request waits for: what the clock starts, and what events set off."""
