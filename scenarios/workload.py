"""Which requests are sent, how often, and what a right answer is. Frozen data, no Locust."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One kind of request. ``expected_body`` None means that any body is right; ``weight`` is its share of the mix."""

    name: str
    path: str
    method: str = "GET"
    body: bytes = b""
    expected_status: int = 200
    expected_body: bytes | None = None
    weight: int = 1

    __pydantic_config__: ClassVar = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}  # bodies need not be UTF-8

    def encode(self, host: str, port: int) -> bytes:
        """The bytes that go over the wire, HTTP/1.1 and keep-alive."""
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\n"
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            head += f"Content-Length: {len(self.body)}\r\n"
        return head.encode("ascii") + b"\r\n" + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The requests a user draws from, each time by weight."""

    requests: tuple[Request, ...]
