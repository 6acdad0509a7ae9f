import os
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from noborder.page_cache import PageCache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "noborder.settings")
# Workers and commands may take longer than visitors may wait.
os.environ.setdefault("STATEMENT_TIMEOUT", "10")

application: WSGIApplication = get_wsgi_application()
if settings.PAGE_CACHE_MB:
    application = PageCache(application, megabytes=settings.PAGE_CACHE_MB)
