"""The categories feature's HTTP."""
