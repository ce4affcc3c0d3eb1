"""The WSGI application that servers are pointed at."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

application = get_wsgi_application()
