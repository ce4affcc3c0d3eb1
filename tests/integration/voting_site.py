"""A small Django project as people write them: a login, forms with CSRF tokens, ids in paths, an API, static files."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from runners.hosts.ports import free_port
from tests.integration.conftest import poll

PASSWORD = "correct-horse-7"
FILES = {
    "manage.py": """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voting.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "voting/__init__.py": "",
    "voting/settings.py": """
from pathlib import Path
BASE_DIR = Path(__file__).parent.parent
SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                  "django.contrib.staticfiles", "polls"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
              "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"]
ROOT_URLCONF = "voting.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
LOGIN_REDIRECT_URL = "/polls/"
USE_TZ = True
""",
    "voting/urls.py": """
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from polls import views
urlpatterns = [
    path("login/", LoginView.as_view(template_name="login.html")),
    path("logout/", LogoutView.as_view(next_page="/login/")),
    path("polls/", views.index),
    path("polls/<int:pk>/", views.detail),
    path("polls/<int:pk>/vote/", views.vote),
    path("polls/<int:pk>/results/", views.results),
    path("topics/<slug:topic>/", views.topic),
    path("api/comments/", views.comments),
    path("api/comments/<int:pk>/", views.comment),
]
""",
    "polls/__init__.py": "",
    "polls/models.py": """
from django.db import models
class Question(models.Model):
    text = models.CharField(max_length=200)
class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    text = models.CharField(max_length=200)
    votes = models.IntegerField(default=0)
class Comment(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE)
    text = models.TextField()
""",
    "polls/views.py": """
import json
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from polls.models import Choice, Comment, Question
@login_required(login_url="/login/")
def index(request):
    return render(request, "index.html", {"questions": Question.objects.order_by("pk")})
@login_required(login_url="/login/")
def detail(request, pk):
    return render(request, "detail.html", {"question": get_object_or_404(Question, pk=pk)})
@login_required(login_url="/login/")
def vote(request, pk):
    choice = get_object_or_404(Choice, question_id=pk, pk=request.POST["choice"])
    choice.votes += 1
    choice.save()
    return redirect(f"/polls/{pk}/results/")
@login_required(login_url="/login/")
def results(request, pk):
    return render(request, "results.html", {"question": get_object_or_404(Question, pk=pk)})
def topic(request, topic):
    return JsonResponse({"topic": topic})
def comments(request):
    data = json.loads(request.body)
    comment = Comment.objects.create(question_id=data["question_id"], text=data["text"])
    return JsonResponse({"id": comment.pk, "question_id": comment.question_id}, status=201)
def comment(request, pk):
    return JsonResponse({"id": pk, "text": get_object_or_404(Comment, pk=pk).text})
""",
    "polls/templates/login.html": """<!doctype html><title>login</title>
<form method="post">{% csrf_token %}{{ form }}<button>in</button></form>""",
    "polls/templates/index.html": """<!doctype html><title>polls</title>
<link rel="stylesheet" href="/static/site.css">
{% for question in questions %}<a href="/polls/{{ question.pk }}/">{{ question.text }}</a> {% endfor %}
<form method="post" action="/logout/">{% csrf_token %}<button>out</button></form>""",
    "polls/templates/detail.html": """<!doctype html><title>detail</title>
<form method="post" action="/polls/{{ question.pk }}/vote/">{% csrf_token %}
{% for choice in question.choice_set.all %}<label><input type="radio" name="choice" value="{{ choice.pk }}">
{{ choice.text }}</label>{% endfor %}<button>vote</button></form>""",
    "polls/templates/results.html": """<!doctype html><title>results</title>
{% for choice in question.choice_set.all %}<p>{{ choice.text }}: {{ choice.votes }}</p>{% endfor %}
<p id="said"></p><button id="comment">comment</button><a id="all" href="/polls/">all</a>
<form id="f">{% csrf_token %}</form>
<script>
document.getElementById("comment").onclick = async () => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const made = await fetch("/api/comments/", {method: "POST", body: JSON.stringify({question_id: {{ question.pk }},
    text: "good"}), headers: {"Content-Type": "application/json", "X-CSRFToken": token}});
  const comment = await fetch("/api/comments/" + (await made.json()).id + "/");
  document.getElementById("said").textContent = (await comment.json()).text;
};
</script>""",
    "polls/static/site.css": "a { color: teal }",
    "fill.py": f"""
import django
django.setup()
from django.contrib.auth.models import User
from polls.models import Choice, Question
User.objects.create_user("ada", password="{PASSWORD}")
for text in ("Tea or coffee?", "Tabs or spaces?"):
    question = Question.objects.create(text=text)
    for choice in text.rstrip("?").split(" or "):
        Choice.objects.create(question=question, text=choice)
""",
}


def write_site(folder: Path) -> Mapping[str, str]:
    """Write the project and fill its database. Returns the environment for its processes."""
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip())
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "voting.settings", "PYTHONPATH": str(folder)}
    for command in (["manage.py", "makemigrations", "polls"], ["manage.py", "migrate"], ["fill.py"]):
        subprocess.run([sys.executable, *command], cwd=folder, env=environment, check=True, capture_output=True)
    return environment


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the project; the address of the site."""
    environment, port = write_site(folder), free_port()
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            poll(lambda: "Quit the server" in (folder / "server.log").read_text())
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()
