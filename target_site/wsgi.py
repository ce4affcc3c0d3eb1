"""The WSGI application that servers are pointed at."""

import os

from django.core.wsgi import get_wsgi_application

from target_site import handicap

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

application = handicap.wsgi(get_wsgi_application())
