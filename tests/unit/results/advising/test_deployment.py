"""How to run a server as it was measured: what a run's record has of it, in a form that can be copied."""

from dataclasses import replace

import pytest

from djbench.server import DeploymentFile
from results.advising.deployment import Deployment, deployment
from results.records.schema import ServerFacts

MEASURED = ("python", "-m", "mine", "--bind", "127.0.0.1:8000", "your project.wsgi:application")
FILE = DeploymentFile(name="mine.conf", command=("mine", "--config", "mine.conf"), text="workers = 2\n\tthreads = 4\n")
SPEC = "./mine.toml:workers=2"


def test_a_server_with_a_file_is_run_by_the_command_that_reads_it() -> None:
    facts = ServerFacts(command=MEASURED, deployment=FILE)
    assert deployment(SPEC, facts) == Deployment(
        server=SPEC, command="mine --config mine.conf", file="mine.conf", text="workers = 2\n\tthreads = 4\n"
    )


def test_a_server_without_a_file_is_run_by_the_measured_command_line() -> None:
    command = "python -m mine --bind 127.0.0.1:8000 'your project.wsgi:application'"
    assert deployment(SPEC, ServerFacts(command=MEASURED)) == Deployment(server=SPEC, command=command)


def test_nothing_is_known_of_a_server_whose_record_has_nothing() -> None:
    assert deployment(SPEC, ServerFacts(colour="#0072b2")) is None


@pytest.mark.parametrize(
    "file",
    [
        replace(FILE, text="workers = 2  # \u202e\n"),  # what follows is shown from right to left
        replace(FILE, text="workers = 2\x1b[2K\n"),
        replace(FILE, name="mine\n.conf"),
        replace(FILE, command=("mine\n", "rm")),
    ],
)
def test_a_file_that_a_page_cannot_show_as_it_is_is_not_shown(file: DeploymentFile) -> None:
    found = deployment(SPEC, ServerFacts(command=MEASURED, deployment=file))
    assert found is not None
    assert found.file is None
    assert deployment(SPEC, ServerFacts(deployment=file)) is None
