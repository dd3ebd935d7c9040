"""One process of a bench, served as ``nuanfeng serve`` does: the same for every contender."""

import sys

import uvicorn

from app.core.one_write import OneWrite

if __name__ == "__main__":
    factory, port = sys.argv[1:]
    uvicorn.run(
        factory,
        factory=True,
        http=OneWrite,
        port=int(port),
        access_log=False,
        log_level="warning",
        server_header=False,
    )
