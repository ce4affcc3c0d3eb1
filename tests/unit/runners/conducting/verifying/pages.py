"""Pages as Django projects have them, with what varies in them drawn from a seed."""

import json
from random import Random
from string import ascii_letters, digits

_WORDS = ("lorem", "ipsum", "dolor", "sit", "amet", "consectetur")


def token(chance: Random, length: int = 64) -> str:
    """A CSRF token, a nonce."""
    return "".join(chance.choices(ascii_letters + digits, k=length))


def admin_login(chance: Random) -> bytes:
    """The admin's login form."""
    return f"""<!DOCTYPE html>
<html lang="en-us" dir="ltr">
<head><title>Log in | Django site admin</title>
<script src="/static/admin/js/theme.js" nonce="{token(chance, 22)}=="></script></head>
<body class=" login" data-admin-utc-offset="0">
<form action="/admin/login/?next=/admin/" method="post" id="login-form">
<input type="hidden" name="csrfmiddlewaretoken" value="{token(chance)}">
<input type="text" name="username" autofocus maxlength="150" required id="id_username">
<input type="password" name="password" required id="id_password">
</form></body></html>
""".encode()


def question_list(chance: Random, rows: int = 10) -> bytes:
    """A list whose rows all vary, on one line, as a template with {% spaceless %} writes it."""
    items = "".join(
        f'<li><a href="/polls/{chance.randrange(9999)}/">{" ".join(chance.choices(_WORDS, k=chance.randint(1, 5)))}</a>'
        f" <time>{chance.randrange(24):02}:{chance.randrange(60):02}</time></li>"
        for _ in range(rows)
    )
    head = "<html><head><title>Polls</title></head><body><h1>Polls</h1>"
    return f"{head}<ul>{items}</ul><p>The end.</p></body></html>".encode()


def api_list(chance: Random, rows: int = 10) -> bytes:
    """What a REST framework answers: compact JSON, with an id and a moment that vary."""
    results = [
        {"id": number, "uuid": token(chance, 32), "name": f"name {number}", "score": chance.random()}
        for number in range(rows)
    ]
    return json.dumps({"count": rows, "next": None, "results": results}, separators=(",", ":")).encode()
