"""websocket: messages over a WebSocket, each answered after a wait; or, where they are asked for, events."""

import asyncio
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from djbench.spec import Value
from target_site import handicap


def payload(number: int) -> str:
    """Event ``number``."""
    return f"event {number:06d} of a websocket"


async def async_socket(parameters: Mapping[str, Value], receive: Any, send: Any) -> None:
    """One connection, as the ASGI specification has it, with the pattern's parameters."""
    delay_s, events = float(parameters["delay"]), int(parameters["events"])
    await send({"type": "websocket.accept"})
    pushing = asyncio.create_task(_push(events, delay_s, send)) if events else None
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if pushing:
                continue  # whoever asks for events has nothing to say
            await asyncio.sleep(delay_s)
            if settings.HANDICAP_US:
                handicap.burn(settings.HANDICAP_US)
            await send({"type": "websocket.send", "text": message["text"]})
    finally:
        if pushing:
            pushing.cancel()


async def _push(events: int, delay_s: float, send: Any) -> None:
    """One event after each wait, on a schedule that being late does not shift."""
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    for number in range(events):
        await asyncio.sleep(start_s + (number + 1) * delay_s - loop.time())
        await send({"type": "websocket.send", "text": payload(number)})
