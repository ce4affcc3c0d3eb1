"""Asks a project's own interpreter, by modules of the shim that answer with JSON (``djbench_shim.dialogue``)."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from djbench.errors import UsageError
from djbench.target import Target
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace

_ANSWER_S = 120.0


def shim_answer(
    target: Target,
    module: str,
    question: Any,
    *,
    workspace: Workspace,
    environment: Mapping[str, str],
    timeout_s: float = _ANSWER_S,
) -> Any:
    """What ``djbench_shim.<module>`` makes of the question.

    Raises UsageError with the reason if it refuses, and ProcessFailed with the log's last lines if it fails.
    """
    with tempfile.TemporaryDirectory(prefix="answer-", dir=workspace.folder) as folder:
        asked, answered = Path(folder) / "question.json", Path(folder) / "answer.json"
        asked.write_text(json.dumps(question, default=str), encoding="utf-8")
        command = [target.interpreter, "-m", f"djbench_shim.{module}", str(asked), str(answered)]
        with workspace.process(module, command, environment=environment, cwd=target.working_directory) as process:
            process.wait_for_success(timeout_s)
            if not answered.exists():  # such as of settings that call os._exit(0)
                raise ProcessFailed(f"{module} ended without an answer{process.log_tail()}")
        content = json.loads(answered.read_text(encoding="utf-8"))
    if "refusal" in content:
        raise UsageError(content["refusal"])
    return content["answer"]
