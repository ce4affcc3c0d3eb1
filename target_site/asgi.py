"""The ASGI application that servers are pointed at."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")

application = get_asgi_application()
