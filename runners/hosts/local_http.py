"""Plain HTTP to what runs on this machine."""

import ssl

import httpx

# It trusts nobody, and plain HTTP asks for no trust. By default a client reads the system's certificates first:
# 20 ms of CPU time.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def local_client(timeout_s: float) -> httpx.Client:
    """A client for addresses on 127.0.0.1, to be used as a context manager. No proxy of the environment's is asked."""
    return httpx.Client(timeout=timeout_s, trust_env=False, verify=_NO_CERTIFICATES)
