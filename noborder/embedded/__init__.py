"""PostgreSQL and Redis from wheels, and the processes of the site, for `manage.py up` and `manage.py test`."""
