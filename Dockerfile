FROM python:3.11-slim-bookworm AS build

WORKDIR /service
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY . .
# Static files are served from the packages that bring them: nothing to collect.
RUN /venv/bin/python -m compileall -q /service

FROM python:3.11-slim-bookworm

# Versions follow the base image's Debian release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home service

COPY --from=build /venv /venv
COPY --from=build /service /service
WORKDIR /service

ARG BUILD_HASH=unknown
ARG BUILD_CIRCLE=unknown
ARG BUILD_VERSION=unknown
ENV BUILD_HASH=$BUILD_HASH \
    BUILD_CIRCLE=$BUILD_CIRCLE \
    BUILD_VERSION=$BUILD_VERSION \
    PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SERVER_PORT=5000

# Only /tmp is written to: the root file system may be read-only.
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["sh", "-c", "curl --fail --silent http://127.0.0.1:$SERVER_PORT/running"]
CMD ["./docker-entrypoint.sh"]
