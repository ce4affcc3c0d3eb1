"""The WSGI application that servers are pointed at."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from target_site import handicap

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

application = handicap.wsgi(get_wsgi_application())
# Django imports these at a process's first request, which one of several processes can get in the middle of a window.
import_module(settings.ROOT_URLCONF)
