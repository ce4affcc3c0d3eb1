"""The ASGI application that servers are pointed at."""

import os

from django.core.asgi import get_asgi_application

from target_site import handicap

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

application = handicap.asgi(get_asgi_application())
