"""A Django project that is not ours, for tests that look at projects: made by startproject, with an app of its own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_MODELS = """
from django.db import models

class Question(models.Model):
    text = models.CharField(max_length=200)
    slug = models.SlugField(default="q")
"""
_VIEWS = """
import os, time, urllib.request
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, View
from .models import Question

def latest(request):
    return JsonResponse({"latest": [question.text for question in Question.objects.all()]})

async def latest_async(request):
    return JsonResponse({"latest": [question.text async for question in Question.objects.all()]})

def page(request, number=1):
    return HttpResponse(f"page {number}")

def writing(request):
    Question.objects.create(text="again")
    return HttpResponse("written")

def calling(request):
    return HttpResponse(urllib.request.urlopen("http://api.example.org/rates").read())

def calling_in_silence(request):
    try:
        urllib.request.urlopen("http://log.example.org/")
    except OSError:
        pass
    return HttpResponse("fine")

def failing(request):
    raise KeyError("colour\\n[requests.evil]")

def crashing(request):
    os._exit(3)

def endless(request):
    def parts():
        while True:
            time.sleep(0.05)
            yield b"again"
    return StreamingHttpResponse(parts())

def moved(request):
    return HttpResponse(status=301, headers={"Location": "/elsewhere/"})

@login_required
def account(request):
    return HttpResponse(request.user.username)

class Settings(LoginRequiredMixin, View):
    def get(self, request):
        return HttpResponse("settings")

@require_POST
def vote(request, question_id):
    get_object_or_404(Question, pk=question_id).save()
    return HttpResponse("voted")

class Detail(DetailView):
    model = Question

    def render_to_response(self, context):
        return HttpResponse(self.object.text)
"""
_URLS = """
from django.contrib import admin
from django.urls import include, path, re_path
from polls import views

polls = ([
    path("", views.latest, name="index"),
    path("async/", views.latest_async, name="latest async"),
    path("<int:pk>/", views.Detail.as_view(), name="detail"),
    path("by/<slug:slug>/", views.Detail.as_view(), name="detail"),
    path("<int:question_id>/vote/", views.vote, name="vote"),
    re_path(r"^pages(?:/(?P<number>[0-9]+))?/$", views.page, name="page"),
], "polls")
urlpatterns = [
    path("admin/", admin.site.urls),
    path("polls/", include(polls)),
    re_path(r"^archive/(?P<number>[0-9]*)", include([re_path(r"^/again/(?P<number>[0-9]+)$", views.page)])),
    re_path(r"^tree/(?P<number>.*)$", views.page, name="tree"),
    path("writing/", views.writing),
    path("calling/", views.calling),
    path("silent/", views.calling_in_silence),
    path("failing/", views.failing, name="index"),
    path("crashing/", views.crashing),
    path("moved/", views.moved, name="mix"),
    path("account/", views.account, name='"]\\nevil = 1 #'),
    path("settings/", views.Settings.as_view(), name="Ünïcode"),
]
"""


# A file that is opened as soon as the settings are imported, by each process another one.
_LOG_FILE = """
import logging, os
logging.getLogger("polls").addHandler(logging.FileHandler(BASE_DIR / f"polls-{os.getpid()}.log"))
"""


def write_polls(folder: Path, *, settings: str = "", urls: str = "") -> Path:
    """The project in a new folder, with more settings and URLs at the end."""
    folder.mkdir()
    _run(folder, "-m", "django", "startproject", "mysite", ".")
    (folder / "polls" / "migrations").mkdir(parents=True)
    _write(
        folder,
        {
            "polls/__init__.py": "",
            "polls/models.py": _MODELS,
            "polls/migrations/__init__.py": "",
            "polls/views.py": _VIEWS,
            "mysite/urls.py": _URLS + urls,
        },
    )
    with (folder / "mysite" / "settings.py").open("a", encoding="utf-8") as file:
        file.write(f'{_LOG_FILE}INSTALLED_APPS += ["polls"]\n{settings}')
    _run(folder, "manage.py", "makemigrations", "polls")
    return folder


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _run(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-B", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)
