"""Emergencies at any hour: who is on duty, the ladder of calls, and the warning to those near by."""
