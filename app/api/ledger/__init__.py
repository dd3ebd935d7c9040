"""The routes of the ledger of service minutes."""
