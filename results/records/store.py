"""A run's directory: whole files or none.

``run.json``, one ``trials/NNNN.json`` per trial, its raw ``samples/NNNN.parquet`` and its ``telemetry/NNNN.parquet``.
Each file is written under another name and renamed when complete, samples and telemetry before the record that names
them, so that a run killed at any moment leaves a directory that can be read.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, fields
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from results.records import migrations
from results.records.migrations import Record
from results.records.schema import Purpose, Run, TelemetrySample, Trial
from results.wording.text import clipped

_RUN = TypeAdapter(Run)
_TRIAL = TypeAdapter(Trial)
_BATCH_ROWS = 1 << 18
TELEMETRY = "telemetry"
"""The artefact of a trial that has its course of telemetry."""
_FOLDERS = ("trials", "samples", TELEMETRY, "logs")
CALIBRATION = "calibration"
"""Where a validation keeps the run of its own that it begins with."""


class StoreError(Exception):
    """The directory is no run, or a file of it cannot be read; the message is one line and names the file."""


class DiskFull(StoreError):
    """A file could not be written for want of room, which no other input would give."""


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def not_written(what: str, error: OSError) -> StoreError:
    """The error to raise for what could not be written. what: a file, or words for several."""
    kind = DiskFull if error.errno in _NO_ROOM else StoreError
    return kind(f"cannot write {what}: {error.strerror or error}")


def stat_of(path: Path, to: str = "read") -> os.stat_result | None:
    """What is at a path; None for nothing. Raises StoreError, with what was to be done, when nobody can tell.

    ``Path.exists`` and its like will not do: from Python 3.14 on they take whatever goes wrong for absence.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"cannot {to} {clipped(str(path))}: {error.strerror}") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to that takes the place of ``path``, at once, when the block ends without an exception.

    Raises StoreError when it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise not_written(clipped(str(path)), error) from None
    finally:
        with suppress(OSError):  # a disk that became read-only refuses even this; the StoreError says what is wrong
            partial.unlink(missing_ok=True)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file that takes its old one's place whole. Raises StoreError."""
    with replacing(file) as partial:
        partial.write_bytes(content)


class RunDirectory:
    """Reads and writes the files of one run."""

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self.path = path
        self._is_new = is_new

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """A new, empty run directory. Raises StoreError when something is there already."""
        try:
            is_new = not path.exists()
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise StoreError(f"{path} is not an empty directory; name another with --run-dir")
            for folder in _FOLDERS:
                (path / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the run directory {clipped(str(path))}: {error.strerror}") from None
        return cls(path, is_new=is_new)

    def discard(self) -> None:
        """Delete what a run made here, and nothing else; also the directory if it was made for the run.

        Raises StoreError.
        """
        try:
            for folder in (*_FOLDERS, CALIBRATION):
                if (self.path / folder).exists():
                    shutil.rmtree(self.path / folder)
            for file in (".lock", "run.json"):
                (self.path / file).unlink(missing_ok=True)
            if self._is_new and not any(self.path.iterdir()):
                self.path.rmdir()
        except OSError as error:
            raise StoreError(f"cannot delete {self.path}: {error.strerror}") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other djbench from writing here; the kernel forgets it with the process, however that ends.

        Raises StoreError when somebody else is at it, or when nobody may write here.
        """
        with ExitStack() as stack:
            try:
                file = stack.enter_context((self.path / ".lock").open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(f"another djbench is writing to {self.path}; wait for it or end it") from None
            except OSError as error:
                raise StoreError(f"cannot write to {self.path}: {error.strerror}") from None
            yield

    def write_run(self, run: Run) -> None:
        """Store the run's plan and status. Raises StoreError."""
        write_whole(self.path / "run.json", _RUN.dump_json(run, indent=2))

    def read_run(self) -> Run:
        """The run's plan and status. Raises StoreError."""
        file = self.path / "run.json"
        if stat_of(file) is None:
            if stat_of(self.path / CALIBRATION / "run.json"):
                command = RunDirectory(self.path / CALIBRATION).read_run().command
                raise StoreError(
                    f"{self.path} is a validation that was killed before it had measured anything but what requests "
                    f"cost; delete it and begin again: {command}"
                )
            raise StoreError(f"{self.path} is not a run directory: it has no run.json")
        run: Run = _read(file, _RUN, migrations.RUN)
        return run

    def write_trial(self, trial: Trial) -> None:
        """Store one trial's record. Raises StoreError."""
        write_whole(self.path / "trials" / f"{trial.number:04d}.json", _TRIAL.dump_json(trial, indent=2))

    def read_trials(self) -> list[Trial]:
        """Every stored trial, in the order they were made. Raises StoreError."""
        trials: list[Trial] = []
        for file in sorted((self.path / "trials").glob("[0-9]*.json")):
            trial: Trial = _read(file, _TRIAL, migrations.TRIAL)
            trials.append(trial)
        return trials

    def read_trials_of(self, run: Run, purpose: Purpose | None = Purpose.MEASURE) -> list[Trial]:
        """Those made for this purpose, by default those that statistics read; with None, all of them.

        Raises StoreError also for a trial of a cell that the run's plan does not have.
        """
        trials, cells = self.read_trials(), frozenset(run.cells)
        for trial in trials:
            if trial.cell not in cells:
                raise StoreError(f"{self.path}: trial {trial.number} is of a cell that the run's plan does not have")
        return [trial for trial in trials if purpose in (None, trial.purpose)]

    def write_samples(
        self, number: int, chunks: "Iterable[np.ndarray[Any, Any]]", names: dict[str, Sequence[str]]
    ) -> str:
        """Store a trial's raw samples, one row per request, as Parquet; chunk by chunk, so that hours of them fit.

        chunks: structured arrays of one type, at least one. names: for a column of indices, the words its indices
        stand for. Returns the file's path inside the run directory. Raises StoreError.
        """
        relative = f"samples/{number:04d}.parquet"
        with replacing(self.path / relative) as partial:
            tables = (_table(chunk, names) for chunk in chunks)
            first = next(tables)
            with pq.ParquetWriter(partial, first.schema, compression="zstd") as writer:
                for table in chain((first,), tables):
                    writer.write_table(table)
        return relative

    def read_samples(self, trial: Trial, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """These columns of a trial's raw samples, batch by batch. Raises StoreError."""
        file = self.path / (trial.samples or "")
        try:
            with pq.ParquetFile(file, read_dictionary=["outcome", "request"]) as parquet:
                yield from parquet.iter_batches(_BATCH_ROWS, columns=list(columns))
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(f"cannot read {file}: {str(error).splitlines()[0]}") from None

    def write_telemetry(self, number: int, series: Sequence[TelemetrySample]) -> str:
        """Store the course of a trial's telemetry, a row per sample. Returns the file's path in the run directory.

        Raises StoreError.
        """
        relative = f"{TELEMETRY}/{number:04d}.parquet"
        with replacing(self.path / relative) as partial:
            pq.write_table(pa.Table.from_pylist([asdict(sample) for sample in series]), partial, compression="zstd")
        return relative

    def read_telemetry(self, trial: Trial) -> list[TelemetrySample]:
        """The course of a trial's telemetry; empty for a trial that has none. Raises StoreError."""
        if TELEMETRY not in trial.artefacts:
            return []
        file = self.path / trial.artefacts[TELEMETRY]
        names = [field.name for field in fields(TelemetrySample)]
        try:
            return [TelemetrySample(**row) for row in pq.read_table(file, columns=names).to_pylist()]
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(f"cannot read {file}: {str(error).splitlines()[0]}") from None


def _read(file: Path, adapter: TypeAdapter[Any], steps: Mapping[int, Callable[[Record], Record]]) -> Any:
    """The record in a file, whatever its schema. Raises StoreError that names the file."""
    try:
        return adapter.validate_python(migrations.migrated(json.loads(file.read_bytes()), steps))
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from None
    except migrations.UnknownSchema as error:
        raise StoreError(f"{file} {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise StoreError(f"{file} is damaged: {where}: {first['msg']}") from None
    except (KeyError, TypeError, AttributeError) as error:  # an old record without a key that all of its kind have
        raise StoreError(f"{file} is damaged: {type(error).__name__}: {error}") from None
    except ValueError as error:
        raise StoreError(f"{file} is damaged: the whole file: {error}") from None


def _table(samples: "np.ndarray[Any, Any]", names: dict[str, Sequence[str]]) -> pa.Table:
    columns = {}
    for column in samples.dtype.names or ():
        values = pa.array(np.ascontiguousarray(samples[column]))
        if column in names:
            values = pa.DictionaryArray.from_arrays(values.cast(pa.int32()), pa.array(names[column], pa.string()))
        columns[column] = values
    return pa.table(columns)
