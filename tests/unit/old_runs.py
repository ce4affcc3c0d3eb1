"""Runs that an older djbench recorded, with the figures that it wrote of them (tests/data)."""

import zipfile
from pathlib import Path

DATA = Path(__file__).parents[1] / "data" / "schema-1"
# loads: closed, beside others, open, a ramp. held-and-database: held streams, background work, PostgreSQL.
OLD_RUNS = ("loads", "held-and-database", "validation", "claims")


def unpacked(name: str, folder: Path) -> Path:
    """The run's directory, unpacked; what was written of it then lies in its folder ``expected``."""
    with zipfile.ZipFile(DATA / f"{name}.zip") as packed:
        packed.extractall(folder)
    return folder
