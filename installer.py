"""Installs packages into the environment whose Python runs this file: with uv, or with pip where uv does not run.

The Makefile calls it before anything is installed, so it needs the standard library alone. uv does not read pip's
configuration. It gets the same settings as arguments and as variables of its environment.
"""

import os
import subprocess
import sys
from ast import literal_eval
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Where `pip config list` says that an option comes from; what stands later wins.
_SECTIONS = ("global.", "install.", ":env:.")
# pip's options with one value, and uv's variables for it.
_SINGLE = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
}
# pip's options with several values, uv's variable for them, and what separates two values there.
_SEVERAL = {
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
# Places beside the index. Their copies of a release may lack the files for other platforms, so no lock comes from them.
_BESIDE_THE_INDEX = ("extra-index-url", "find-links")
# pip asks all indexes alike, and trusts what the system trusts.
_AS_PIP = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "1"}
# How pip's files say yes.
_YES = ("1", "on", "t", "true", "y", "yes")
# The variables that name certificates for pip, whatever its options say.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_UV = Path(sys.executable).with_name("uv")


def pip_options(listing: str, counting: Callable[[str], str]) -> dict[str, str]:
    """The options of ``pip install`` that are configured, from what ``pip config list`` prints.

    Newer versions of pip list each file, and not in the order that counts. ``counting`` says which value of several it
    is. An empty value is none.
    """
    values: dict[str, list[str]] = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        values.setdefault(name, []).append(literal_eval(value))
    configured = {name: several[0] if len(several) == 1 else counting(name) for name, several in values.items()}
    return {
        name.removeprefix(section): value.strip()
        for section in _SECTIONS
        for name, value in configured.items()
        if name.startswith(section) and value.strip()
    }


def uv_environment(options: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment in which uv looks where pip would. uv's own variables stay as somebody set them.

    Constraints are left out: the locks name every version.
    """
    bundles = [inherited[name] for name in _BUNDLES if inherited.get(name)]
    options = {**options, **({"cert": bundles[0]} if bundles else {})}
    single = {
        variable: _at_home(options[option])
        for option, variables in _SINGLE.items()
        if option in options
        for variable in variables
    }
    several = {
        variable: separator.join(map(_at_home, options[option].split()))
        for option, (variable, separator) in _SEVERAL.items()
        if option in options
    }
    own = {name: value for name, value in inherited.items() if name.startswith("UV_")}
    return {**inherited, **_AS_PIP, **single, **several, **own}


def _at_home(value: str) -> str:
    return str(Path(value).expanduser()) if value.startswith("~") else value


def for_a_lock(options: Mapping[str, str]) -> dict[str, str]:
    """The options that apply when versions are chosen for everybody, not for this machine alone."""
    return {name: value for name, value in options.items() if name not in _BESIDE_THE_INDEX}


def uv_command(options: Mapping[str, str], *arguments: str) -> list[str]:
    """The command line of ``uv pip``, with the one setting of pip that has no variable."""
    without_index = options.get("no-index", "").lower() in _YES
    return [str(_UV), "pip", *arguments, *(("--no-index",) if without_index else ())]


def get_uv(arguments: Sequence[str]) -> int:
    """Let pip install uv, as the arguments say. If that fails or uv does not run, say that pip will do all the work."""
    try:
        for command in ([*_PIP, "install", "--quiet", "--only-binary", ":all:", *arguments], [str(_UV), "--version"]):
            subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        _do_without_uv(error.stderr.strip().rpartition("\n")[2])
    except OSError as error:
        _do_without_uv(str(error))
    return 0


def _do_without_uv(reason: str) -> None:
    _UV.unlink(missing_ok=True)
    print(f"no uv here ({reason}), so pip installs the packages: minutes instead of seconds", file=sys.stderr)


def install(arguments: Sequence[str]) -> int:
    """Install what the arguments say, which uv and pip take alike. Returns the exit code."""
    if _UV.exists():
        if _uv(_configured(), "install", "--quiet", "--python", sys.executable, *arguments) == 0:
            return 0
        print("uv could not install this, so pip tries: minutes instead of seconds", file=sys.stderr)
    return subprocess.call([*_PIP, "install", "--quiet", *arguments])


def compile_lock(arguments: Sequence[str]) -> int:
    """Choose the versions of a lock, as the arguments of ``uv pip compile`` say. Returns the exit code."""
    if not _UV.exists():
        sys.exit("make lock needs uv, which pip could not install here")
    return _uv(for_a_lock(_configured()), "compile", *arguments)


def _configured() -> dict[str, str]:
    return pip_options(_pip_config("list"), counting=lambda name: _pip_config("get", name))


def _pip_config(*arguments: str) -> str:
    return subprocess.run([*_PIP, "config", *arguments], check=True, capture_output=True, text=True).stdout


def _uv(options: Mapping[str, str], *arguments: str) -> int:
    return subprocess.call(uv_command(options, *arguments), env=uv_environment(options, os.environ))


_TASKS = {"get-uv": get_uv, "install": install, "compile": compile_lock}


def main(arguments: Sequence[str]) -> int:
    """One of the Makefile's tasks, with what it is to be done with."""
    task = _TASKS.get(arguments[0]) if arguments else None
    if not task:
        sys.exit(f"usage: installer.py {'|'.join(_TASKS)} ARGUMENTS")
    return task(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
