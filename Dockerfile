# The project's own programs: the sample services, and `kit` for the schema step.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/kit && /opt/kit/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY kit kit
COPY generator generator
COPY findings findings
COPY analysis analysis
COPY sample_services sample_services
COPY stream_tracing stream_tracing
RUN /opt/kit/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${BASE_IMAGE}
COPY --from=build /opt/kit /opt/kit
ENV PATH=/opt/kit/bin:$PATH PYTHONUNBUFFERED=1
USER 65532:65532
ENTRYPOINT ["python"]
