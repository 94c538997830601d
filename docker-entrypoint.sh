#!/bin/sh
# What the image starts: the schema first, then the server in this process' place.
set -eu
python manage.py migrate_locked
exec gunicorn -c users_service/server.py users_service.wsgi
