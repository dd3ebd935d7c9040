"""``python -m app.cli``: the same command without installing it."""

import gc

# What is imported stays: looking for garbage in it meanwhile would be a quarter of a start's time.
gc.disable()

from app.cli import main  # noqa: E402 - the line above is for this one

gc.freeze()
gc.enable()

main()
