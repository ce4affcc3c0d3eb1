"""pip's settings, handed to uv, which does not read them: as arguments, and as variables of its environment.

``installer.py`` needs it before anything is installed, and overlays need it later.
"""

import subprocess
import sys
from ast import literal_eval
from collections.abc import Callable, Mapping
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
# pip asks all indexes alike, and trusts what the system trusts.
_AS_PIP = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "1"}
# How pip's files say yes.
_YES = ("1", "on", "t", "true", "y", "yes")
# The variables that name certificates for pip, whatever its options say.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


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


def uv_command(uv: Path, options: Mapping[str, str], *arguments: str) -> list[str]:
    """The command line of ``uv pip``, with the one setting of pip that has no variable."""
    without_index = options.get("no-index", "").lower() in _YES
    return [str(uv), "pip", *arguments, *(("--no-index",) if without_index else ())]


def pip_configuration() -> dict[str, str]:
    """The options of ``pip install`` that are configured here. Raises CalledProcessError if pip does not run."""
    return pip_options(_pip_config("list"), counting=lambda name: _pip_config("get", name))


def _pip_config(*arguments: str) -> str:
    return subprocess.run([*PIP, "config", *arguments], check=True, capture_output=True, text=True).stdout
