# The service without a database of its own: set DATABASE_URL. docs/operations.md tells the rest.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
# A mirror near you: docker build --build-arg PIP_INDEX_URL=https://…
ARG PIP_INDEX_URL
WORKDIR /srv/nuanfeng
COPY requirements/runtime.txt requirements/
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        -r requirements/runtime.txt \
    && .venv/bin/pip uninstall --yes pip
COPY alembic.ini pyproject.toml ./
COPY migrations migrations
COPY app app
RUN .venv/bin/python -m compileall -q app migrations

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --no-create-home nuanfeng \
    && install -d -o nuanfeng /var/lib/nuanfeng/objects
WORKDIR /srv/nuanfeng
COPY --from=build /srv/nuanfeng .
USER 10001
ENV PATH=/srv/nuanfeng/.venv/bin:$PATH PYTHONUNBUFFERED=1 NUANFENG_ENVIRONMENT=production NUANFENG_RUN_WORKER=false \
    NUANFENG_OBJECTS_DIR=/var/lib/nuanfeng/objects
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve", "--host", "0.0.0.0"]
