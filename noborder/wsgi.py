import os
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from noborder.admission import Admission
from noborder.drained import Drained
from noborder.page_cache import PageCache
from noborder.traffic import Counted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "noborder.settings")
# Workers and commands may take longer than visitors may wait.
os.environ.setdefault("STATEMENT_TIMEOUT", "10")

application: WSGIApplication = Admission(get_wsgi_application())
if settings.PAGE_CACHE_MB:
    application = PageCache(application, megabytes=settings.PAGE_CACHE_MB)
application = Counted(Drained(application))
