# The project's own programs: the sample services, and `kit` for the steps of a start.
# A package index of your own: give pip's configuration as the build secret `pip`, as
#   docker compose -f compose.yaml -f with-pip.yaml build, where with-pip.yaml gives each service
#   build: {secrets: [pip]}, and has secrets: {pip: {file: ./pip.conf}}.
ARG BASE_IMAGE=python:3.12.14-slim-bookworm
# checkov:skip=CKV_DOCKER_7:the line above pins it; checkov does not read ARG
# checkov:skip=CKV_DOCKER_2:compose.yaml asks each program in its own way; NONE here makes `up --wait` fail

FROM ${BASE_IMAGE} AS build
WORKDIR /src
# Two environments: what installs stays here, what runs goes on. A checkout has a second lock, to make the wheel with.
RUN python -m venv /opt/build && python -m venv --without-pip /opt/kit
COPY requirements/image.lock requirements/build.loc[k] requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    set -- install --no-cache-dir --require-hashes --only-binary=:all: \
    && /opt/build/bin/pip --python /opt/kit/bin/python "$@" -r requirements/image.lock \
    && if [ -f requirements/build.lock ]; then /opt/build/bin/pip "$@" -r requirements/build.lock; fi
# The kit: as the wheel that `kit generate` lays out, else as a checkout, which a wheel is made of.
COPY . .
RUN ls tracing_kit-*.whl \
    || /opt/build/bin/pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation . \
    && /opt/build/bin/pip --python /opt/kit/bin/python install --no-cache-dir --no-index --no-deps tracing_kit-*.whl

FROM ${BASE_IMAGE}
COPY --from=build /opt/kit /opt/kit
# What is installed there, as CycloneDX.
COPY requirements/image.cdx.json /opt/kit/sbom.cdx.json
# A new volume that is mounted here is made its owner's: the collector and Jaeger run as 10001.
# The kit's own programs run as 65532.
RUN install -d -o 10001 -g 10001 -m 0750 /volumes/10001 \
    && install -d -o 65532 -g 65532 -m 0750 /var/lib/kit
ENV PATH=/opt/kit/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["python"]
