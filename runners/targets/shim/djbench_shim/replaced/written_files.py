"""What a project writes goes into the run's folder: uploads, collected static files, temporary files and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from djbench_shim.replaced.replacement import Replacement, RunFacts

_FOLDERS = {"MEDIA_ROOT": "media", "STATIC_ROOT": "static", "FILE_UPLOAD_TEMP_DIR": "uploads"}
_ON_DISK = "django.core.files.storage.FileSystemStorage"
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
# Packages whose storages keep files on somebody's server.
_REMOTE = ("storages.", "cloudinary_storage.", "minio_storage.", "django_minio_backend.", "django_s3_storage.")
_OLD_SETTINGS = {"DEFAULT_FILE_STORAGE": _ON_DISK, "STATICFILES_STORAGE": _STATIC}


def folders(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Uploads and collected static files in the run's folder; uploads in progress too, if they have a folder."""
    if not run.data_folder:
        return
    for name, folder in _FOLDERS.items():
        if name != "FILE_UPLOAD_TEMP_DIR" or settings.get(name):
            place = str(run.data_folder / folder)
            yield Replacement(name, place, str(settings.get(name) or "not set"), place)


def storages(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Files on disk instead of somebody's server, and below the run's folder."""
    for name, harmless in _OLD_SETTINGS.items():
        if str(settings.get(name, "")).startswith(_REMOTE):
            yield Replacement(name, harmless, str(settings[name]), harmless)
    configured = settings.get("STORAGES") or {}
    value = {alias: _local(alias, storage, run.data_folder) for alias, storage in configured.items()}
    changed = [alias for alias in configured if value[alias] is not configured[alias]]
    if changed:
        was = ", ".join(f"{alias}: {configured[alias].get('BACKEND')}" for alias in changed)
        yield Replacement("STORAGES", value, was, ", ".join(f"{alias}: {value[alias]['BACKEND']}" for alias in changed))


def _local(alias: str, storage: Mapping[str, Any], folder: Path | None) -> Mapping[str, Any]:
    """The storage on disk and below the folder; the storage itself if it may stay."""
    if str(storage.get("BACKEND", "")).startswith(_REMOTE):
        storage = {"BACKEND": _STATIC if alias == "staticfiles" else _ON_DISK}
    location = (storage.get("OPTIONS") or {}).get("location")
    own_folder = alias not in ("default", "staticfiles")  # these two have a setting of their own
    if folder and (location or (own_folder and storage.get("BACKEND") == _ON_DISK)):
        options = {**(storage.get("OPTIONS") or {}), "location": str(folder / f"storage-{alias}")}
        return {**storage, "OPTIONS": options}
    return storage


def log_files(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Handlers of any class that write into a file do so in the run's folder."""
    logging = settings.get("LOGGING") or {}
    handlers = logging.get("handlers") or {}
    if not run.data_folder:
        return
    writing = {name: handler["filename"] for name, handler in handlers.items() if handler.get("filename")}
    if writing:
        turned = {name: {**handlers[name], "filename": log_file(writing[name], run.data_folder)} for name in writing}
        value = {**logging, "handlers": {**handlers, **turned}}
        becomes = ", ".join(handler["filename"] for handler in turned.values())
        yield Replacement("LOGGING", value, ", ".join(map(str, writing.values())), becomes)


def log_file(file: Any, folder: Path) -> str:
    """Where a log file goes: into the run's folder, unless it is a device such as /dev/stdout."""
    path, logs = Path(file).absolute(), folder / "logs"
    if logs in path.parents or Path("/dev") in path.parents:
        return str(path)
    return str(logs / "-".join(path.parts[1:][-2:]))
