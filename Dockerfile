# syntax=docker/dockerfile:1
# Two stages: the first builds the wheel, the second installs it, so sources and build tools stay behind.

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY worker worker
COPY templates templates
COPY config config
RUN --mount=type=cache,target=/root/.cache/pip \
    pip wheel --disable-pip-version-check --wheel-dir /wheels '.[sftp,s3]'

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WIREROOM_HOME=/newsroom
RUN groupadd --gid 10001 wireroom \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /newsroom --shell /usr/sbin/nologin wireroom \
 && install -d -o wireroom -g wireroom -m 0750 \
      /newsroom /newsroom/config /newsroom/templates /newsroom/var /newsroom/var/run
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --disable-pip-version-check --no-cache-dir --no-index --find-links /wheels 'wireroom[sftp,s3]'
USER 10001:10001
WORKDIR /newsroom
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["wireroom", "status"]
CMD ["wireroom", "run"]
