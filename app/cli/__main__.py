"""``python -m app.cli``: the same command without installing it."""

from app.cli import main

main()
