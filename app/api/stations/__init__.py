"""The stations feature's HTTP."""
