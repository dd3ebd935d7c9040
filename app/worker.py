"""The worker process: scheduled jobs and reactions to events, without HTTP."""
