# newsworker: one image for the workers, the scheduler and the commands.
#   docker build -t newsworker .
#   docker run --rm -i newsworker extract --json - <article.txt
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/newsworker
ENV PATH=/opt/newsworker/bin:$PATH
# The locked packages change rarely: a layer of their own.
COPY requirements.lock /src/
RUN pip install --require-hashes -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE /src/
COPY worker /src/worker
# Without compiled bytecode the first import of spaCy costs ten times as much, at every start of a container.
RUN pip install --no-deps /src && python -m compileall -q -j 0 /opt/newsworker/lib

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin newsworker \
 && install -d -o newsworker -g newsworker /app /app/state
COPY --from=build /opt/newsworker /opt/newsworker
COPY config /app/config
COPY seeds /app/seeds
# Two worker processes with a BLAS thread for each core get in each other's way.
ENV PATH=/opt/newsworker/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    OMP_NUM_THREADS=1 \
    NEWSWORKER_STATE_DIR=/app/state
WORKDIR /app
USER newsworker
ENTRYPOINT ["newsworker"]
CMD ["--help"]
