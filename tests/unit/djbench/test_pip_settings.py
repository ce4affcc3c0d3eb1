"""What is configured for pip, handed to uv."""

from pathlib import Path

import pytest

from djbench.pip_settings import pip_options, uv_command, uv_environment

AS_PIP = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "1"}


def configured(*lines: str) -> dict[str, str]:
    """The options of a list in which no option stands twice."""
    return pip_options("\n".join(lines), counting=lambda name: pytest.fail(f"{name} stands there once"))


def test_values_are_read_as_pip_writes_them() -> None:
    links = """global.find-links="/wheels\\n/it's here=1"\n"""
    assert configured(links) == {"find-links": "/wheels\n/it's here=1"}
    assert configured() == {}


def test_pip_says_which_of_several_files_counts() -> None:
    listing = "global.cert='/low.pem'\nglobal.cert='/high.pem'\nglobal.cert='/middle.pem'\nglobal.proxy='p'"
    assert pip_options(listing, counting={"global.cert": "/high.pem\n"}.__getitem__) == {
        "cert": "/high.pem",
        "proxy": "p",
    }


def test_a_variable_comes_before_a_file_and_the_command_s_section_before_the_general_one() -> None:
    options = configured(
        ":env:.index-url='https://variable.example/simple'",
        "download.proxy='http://another.example:3128'",
        "global.cert='/general.pem'",
        "global.index-url='https://general.example/simple'",
        "install.cert='/section.pem'",
        "install.index-url='https://section.example/simple'",
    )
    assert options == {"index-url": "https://variable.example/simple", "cert": "/section.pem"}


def test_an_empty_value_hides_no_other() -> None:
    assert configured(":env:.cert=''", "install.cert=' '", "global.cert='/ca.pem'", "global.proxy=''") == {
        "cert": "/ca.pem"
    }


def test_uv_asks_all_indexes_and_trusts_the_system_as_pip_does() -> None:
    assert uv_environment({}, {"PATH": "/bin"}) == {"PATH": "/bin", **AS_PIP}


def test_each_setting_has_the_variable_and_the_separator_that_uv_reads() -> None:
    options = {
        "index-url": "https://index.example/simple",
        "extra-index-url": "https://one.example/simple\nfile:///two/simple",
        "find-links": "/wheels https://links.example/",
        "trusted-host": "one.example links.example:8443",
        "cert": "/folder of mine/ca.pem",
        "client-cert": "/client.pem",
        "proxy": "http://proxy.example:3128",
    }
    assert uv_environment(options, {}) == {
        **AS_PIP,
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_INDEX": "https://one.example/simple file:///two/simple",
        "UV_FIND_LINKS": "/wheels,https://links.example/",
        "UV_INSECURE_HOST": "one.example links.example:8443",
        "SSL_CERT_FILE": "/folder of mine/ca.pem",
        "SSL_CLIENT_CERT": "/client.pem",
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
    }


def test_what_uv_cannot_follow_is_left_out() -> None:
    """A constraint has no hash, and uv asks for one: the locks name every version."""
    assert uv_environment({"constraint": "/constraints.txt", "timeout": "180"}, {}) == AS_PIP


def test_paths_below_the_home_folder_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    variables = uv_environment({"cert": "~/ca.pem", "find-links": "~/wheels /wheels"}, {})
    assert (variables["SSL_CERT_FILE"], variables["UV_FIND_LINKS"]) == ("/home/ada/ca.pem", "/home/ada/wheels,/wheels")


@pytest.mark.parametrize(
    ("options", "inherited", "file"),
    [
        ({}, {"REQUESTS_CA_BUNDLE": "/requests.pem", "CURL_CA_BUNDLE": "/curl.pem"}, "/requests.pem"),
        ({}, {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "/curl.pem"}, "/curl.pem"),
        ({"cert": "/pip.pem"}, {"REQUESTS_CA_BUNDLE": "/requests.pem"}, "/requests.pem"),
        ({"cert": "/pip.pem"}, {"SSL_CERT_FILE": "/all.pem"}, "/pip.pem"),
        ({}, {"SSL_CERT_FILE": "/all.pem"}, "/all.pem"),
    ],
)
def test_the_certificates_are_those_that_pip_takes(
    options: dict[str, str], inherited: dict[str, str], file: str
) -> None:
    assert uv_environment(options, inherited)["SSL_CERT_FILE"] == file


def test_what_somebody_set_for_uv_stays() -> None:
    inherited = {"UV_INDEX_STRATEGY": "first-index", "UV_FIND_LINKS": "/mine", "UV_CACHE_DIR": "/cache"}
    variables = uv_environment({"find-links": "/wheels", "proxy": "http://proxy.example"}, inherited)
    assert inherited.items() <= variables.items()
    assert variables["HTTPS_PROXY"] == "http://proxy.example"


@pytest.mark.parametrize(("value", "given"), [("1", True), ("True", True), ("yes", True), ("0", False), ("off", False)])
def test_without_an_index_uv_asks_none(value: str, given: bool) -> None:
    assert ("--no-index" in uv_command(Path("uv"), {"no-index": value}, "install", "x")) == given
    assert "--no-index" not in uv_command(Path("uv"), {}, "install", "x")
