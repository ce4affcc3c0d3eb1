"""Which Python runs a project."""

import sys
from pathlib import Path

_ENVIRONMENTS = (".venv", "venv")


def project_interpreter(folder: Path, python: str | None) -> str:
    """The interpreter that a description names, or that of the environment beside it, or the one that runs djbench.

    A link is not followed: an environment's interpreter is one, and what it is called tells where its packages are.
    """
    if python is not None:
        return str(folder / Path(python).expanduser())
    for name in _ENVIRONMENTS:
        if (candidate := folder / name / "bin" / "python").exists():
            return str(candidate)
    return sys.executable
