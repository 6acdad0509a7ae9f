# The image of web, workers, beat and jobs: docker-compose.yml says which command each of them runs.
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /srv/noborder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.txt requirements-up.txt ./
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --require-hashes --no-deps --only-binary :all: -r requirements.txt
# Babel compiles the translations here and stays behind; its lines in the lock carry their hashes.
RUN sed -n '/^babel==/,/[^\\]$/p' requirements-up.txt > babel.txt \
    && pip install --require-hashes --no-deps --only-binary :all: --target /opt/babel -r babel.txt
COPY . .
RUN PYTHONPATH=/opt/babel python -c "from pathlib import Path; from noborder.translations import compile_all; compile_all(Path('locale'))"
# Keys of this step alone, which stay nowhere: gathering files signs, seals and connects to nothing.
RUN key() { python -c "import base64, os; print(base64.b64encode(os.urandom(int('$1'))).decode())"; } \
    && SECRET_KEY="$(key 48)" SEAL_KEYS="k1:$(key 32)" HASH_KEY="$(key 32)" \
    SITE_URL=https://build.example DATABASE_URL=postgresql://build.example/x REDIS_URL=redis://build.example \
    EMAIL_URL=smtp://build.example STATIC_ROOT=/srv/noborder/static-files \
    /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q /opt/venv . \
    && rm -rf tests tools docs babel.txt requirements*.txt requirements*.in

# The onion service, for those who want one.
FROM debian:trixie-slim AS onion
RUN apt-get update && apt-get install -y --no-install-recommends tor && rm -rf /var/lib/apt/lists/* \
    && rm -rf /var/lib/tor && install -d -o 10002 -g 10002 -m 700 /var/lib/tor
COPY deploy/torrc /etc/tor/torrc
USER 10002:10002
CMD ["tor", "-f", "/etc/tor/torrc"]

# Python with pg_dump, pg_restore and psql of the database's version, for `manage.py backup`; Debian's own are older.
FROM ${PYTHON} AS client
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 && rm -rf /var/lib/apt/lists/*

FROM client AS site
WORKDIR /srv/noborder
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=noborder.settings \
    STATIC_ROOT=/srv/noborder/static-files
COPY --from=build /opt/venv /opt/venv
# Everything belongs to root: whoever breaks into the process cannot change its code.
COPY --from=build /srv/noborder /srv/noborder
USER 10001:10001
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "noborder.wsgi:application"]
