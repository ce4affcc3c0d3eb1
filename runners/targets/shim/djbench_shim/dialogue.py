"""djbench asks, a project's interpreter answers: each in a JSON file, so that nothing that the project prints disturbs.

``python -m djbench_shim.MODULE QUESTION ANSWER``, with the names of both files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from djbench_shim import Refusal


def answer_with(reply: Callable[[Any], Any], *, setup: bool = True) -> None:
    """Answer the question that the command line names with what ``reply`` makes of it, or with why there is none.

    setup: set Django up before, as nearly every question needs it.
    """
    question, file = map(Path, sys.argv[1:])
    try:
        if setup:
            django.setup()
        content = {"answer": reply(json.loads(question.read_text(encoding="utf-8")))}
    except Refusal as refusal:
        content = {"refusal": str(refusal)}
    file.write_text(json.dumps(content), encoding="utf-8")
