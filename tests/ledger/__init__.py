"""The ledger of service minutes."""
