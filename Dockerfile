# The project's own programs: the sample services, and `kit` for the steps of a start.
# A package index of your own: give pip's configuration as the build secret `pip`, as
#   docker compose -f compose.yaml -f with-pip.yaml build, where with-pip.yaml gives each service
#   build: {secrets: [pip]}, and has secrets: {pip: {file: ./pip.conf}}.
ARG BASE_IMAGE=python:3.12.12-slim-bookworm
# checkov:skip=CKV_DOCKER_7:the line above pins it; checkov does not read ARG
# checkov:skip=CKV_DOCKER_2:compose.yaml asks each program in its own way; NONE here makes `up --wait` fail

FROM ${BASE_IMAGE} AS build
WORKDIR /src
# Two environments: what installs stays here, what runs goes on.
RUN python -m venv /opt/build && python -m venv --without-pip /opt/kit
COPY requirements/build.lock requirements/image.lock requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements/build.lock \
    && /opt/build/bin/pip --python /opt/kit/bin/python install --no-cache-dir --require-hashes --only-binary=:all: \
       -r requirements/image.lock
COPY pyproject.toml README.md ./
COPY kit kit
COPY generator generator
COPY findings findings
COPY analysis analysis
COPY sample_services sample_services
COPY stream_tracing stream_tracing
RUN /opt/build/bin/pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/build/bin/pip --python /opt/kit/bin/python install --no-cache-dir --no-index --no-deps /wheels/*.whl

FROM ${BASE_IMAGE}
COPY --from=build /opt/kit /opt/kit
# A new volume that is mounted here is made its owner's: the collector and Jaeger run as 10001.
RUN install -d -o 10001 -g 10001 -m 0750 /volumes/10001
ENV PATH=/opt/kit/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["python"]
