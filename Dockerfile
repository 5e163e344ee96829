# The image of reelsift: the worker, and the command line with it. Builds with docker (BuildKit), podman and buildah, for
# linux/amd64 and linux/arm64.
#
# Where pip needs settings to reach an index, give them as a secret, and a certificate authority of your own as another;
# neither gets into the image. pip finds the second by `cert = /run/secrets/ca` in the first:
#   docker build --secret id=pip,src=pip.conf --secret id=ca,src=ca.pem .
# The oldest Python that reelsift admits is the one that most of its tests run on. image.sh gives the same by its digest.
#checkov:skip=CKV_DOCKER_7:the tag stands in the argument, which checkov does not follow; image.sh gives a digest
ARG PYTHON=docker.io/library/python:3.11-slim

FROM ${PYTHON} AS build
WORKDIR /build
COPY service/requirements.lock service/requirements-build.lock service/
# The build backend has an environment of its own, and pip is the base's: what is copied into the last stage never had
# them. Bytecode comes later, in a form that the times of files cannot make stale.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca \
    python3 -m venv --without-pip /opt/build /opt/reelsift \
    && python3 -m pip --python /opt/build/bin/python install --no-cache-dir --no-compile --require-hashes \
        --only-binary :all: --no-deps --requirement service/requirements-build.lock \
    && python3 -m pip --python /opt/reelsift/bin/python install --no-cache-dir --no-compile --require-hashes \
        --only-binary :all: --no-deps --requirement service/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY service/reelsift service/reelsift
# Of pyarrow, reelsift reads Parquet and ORC out of local files. Tests, headers, the RPC library and the S3 client are a
# third of it; the import fails here, and not in production, should a newer pyarrow no longer do without them.
# There is no git here that would tell the version.
ARG VERSION=0.0.0
RUN SETUPTOOLS_SCM_PRETEND_VERSION="$VERSION" \
        python3 -m pip --python /opt/build/bin/python wheel --no-index --no-deps --no-build-isolation --wheel-dir dist . \
    && python3 -m pip --python /opt/reelsift/bin/python install --no-index --no-deps --no-compile dist/*.whl \
    && arrow=$(/opt/reelsift/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/pyarrow \
    && rm -rf "$arrow/include" "$arrow/tests" "$arrow"/*flight* "$arrow"/*s3fs* "$arrow"/libarrow_s3* \
    && /opt/reelsift/bin/python -c 'import pyarrow.orc, pyarrow.parquet' \
    && python3 -m compileall -q -f -j 0 --invalidation-mode unchecked-hash /opt/reelsift/lib

FROM ${PYTHON}
# The root file system is read-only when it runs: what is not compiled now is compiled at each start and health check.
# Python's own image comes without the bytecode of the standard library, and with what installs packages.
RUN groupadd --gid 10001 reelsift \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin reelsift \
    && library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') \
    && python3 -m pip uninstall --yes --root-user-action ignore pip setuptools wheel \
    && rm -rf "$library/ensurepip" \
    && python3 -m compileall -q -f -j 0 --invalidation-mode unchecked-hash \
        -x '/(idlelib|lib2to3|site-packages|test|tests|tkinter|turtledemo)/' "$library"
COPY --from=build /opt/reelsift /opt/reelsift
# Nothing is held back of the log when the process dies; no attempt to write bytecode to what cannot be written; where
# a library crashes, a stack in the log; and Arrow gives memory back, of which its own pool would keep some 20 MB.
ENV PATH=/opt/reelsift/bin:$PATH \
    ARROW_DEFAULT_MEMORY_POOL=system \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONFAULTHANDLER=1
# Belongs to root: no .env can be put where the worker would read it.
WORKDIR /opt/reelsift
# Fargate gives a volume to whom the image says, and to root where it says nothing: without this line the worker may
# not write the one place it writes to.
VOLUME ["/tmp"]
USER 10001:10001
# For docker and podman; ECS has its own in the task definition. It costs most of a second of CPU, so not too often.
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 CMD ["reelsift", "worker", "--check"]
# Directly, not through a shell: SIGTERM must reach the worker.
ENTRYPOINT ["reelsift"]
CMD ["worker"]
# Last, since they change with each build.
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
ARG BASE_NAME=unknown
ARG BASE_DIGEST=unknown
LABEL org.opencontainers.image.title="reelsift" \
      org.opencontainers.image.description="Moderates the videos that already lie in S3 with Amazon Rekognition Video" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${BASE_NAME}" \
      org.opencontainers.image.base.digest="${BASE_DIGEST}"
