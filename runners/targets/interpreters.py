"""Which Python runs a project, and whether it can."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from djbench.errors import UsageError
from runners.machine.software import InterpreterFacts, interpreter_facts
from runners.machine.versions import is_older
from runners.targets.environment import child_environment

OLDEST_PYTHON, OLDEST_DJANGO = "3.9", "4.2"
#: What environments beside a project are called.
ENVIRONMENTS = (".venv", "venv", "env")
# Python 2 knows it, too.
_ASK_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
_ASK_S = 30.0
_CHOICE = "name the project's own Python, e.g. .venv/bin/python"


def project_interpreter(folder: Path, python: str | None) -> str:
    """The interpreter that a description names, or that of the environment beside it, or the one that runs djbench.

    A link is not followed: an environment's interpreter is one, and what it is called tells where its packages are.
    A name without a folder, such as ``python3.12``, is looked up on the PATH.
    """
    if python is not None:
        on_path = shutil.which(python) if "/" not in python else None
        return on_path or str(folder / Path(python).expanduser())
    for name in ENVIRONMENTS:
        if (candidate := folder / name / "bin" / "python").exists():
            return str(candidate)
    return sys.executable


def require_interpreter(path: str) -> InterpreterFacts:
    """What the interpreter of a project says of itself.

    Raises UsageError with one line if there is none, or if it, or its Django, is too old.
    """
    version = _version(path)
    if is_older(version, OLDEST_PYTHON):
        raise UsageError(f"{path} is Python {version}; a project needs Python {OLDEST_PYTHON} or newer; {_CHOICE}")
    facts = interpreter_facts(path, ["django"])
    if "django" not in facts.importable:
        raise UsageError(f"{path} has no Django; {_CHOICE}")
    django = facts.packages.get("django")
    if django and is_older(django, OLDEST_DJANGO):
        raise UsageError(f"{path} has Django {django}; djbench measures Django {OLDEST_DJANGO} and newer")
    return facts


def _version(path: str) -> str:
    """The interpreter's version. Raises UsageError if nothing there is a Python."""
    command = [path, "-B", "-c", _ASK_VERSION]
    try:
        done = subprocess.run(
            command, check=False, env=child_environment({}), capture_output=True, errors="replace", timeout=_ASK_S
        )
    except FileNotFoundError:
        raise UsageError(f"there is no {path}; {_CHOICE}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be started ({error.strerror}); {_CHOICE}") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{path} does not say which Python it is; {_CHOICE}") from None
    if done.returncode or not re.fullmatch(r"\d+\.\d+\.\d+\s*", done.stdout):
        raise UsageError(f"{path} is not a Python; {_CHOICE}")
    return done.stdout.strip()
