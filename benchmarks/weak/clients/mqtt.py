"""MQTT: paho with QoS 1 and a session that the broker keeps, on mosquitto."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.weak.player import SERVER, Player

TOPIC = "weak"


class Client(Player):
    """paho's own thread does the network, as its documentation has it."""

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        super().__init__(role, ports, folder)
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=role, clean_session=False)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    async def start(self) -> None:
        """Connect, and subscribe as the receiver."""
        self._client.connect_async(SERVER, self.ports["mqtt"])
        self._client.loop_start()
        await self._ready.wait()

    def _on_connect(self, *_: Any) -> None:
        if self.role == "receiver":
            self._client.subscribe(TOPIC, qos=1)
        else:
            self._loop.call_soon_threadsafe(self._ready.set)

    def _on_subscribe(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._ready.set)

    def _on_message(self, _: Any, __: Any, message: mqtt.MQTTMessage) -> None:
        self._loop.call_soon_threadsafe(self.arrived, message.payload.decode())

    def send(self, number: int, text: str) -> None:
        """Publish."""
        self._client.publish(TOPIC, text, qos=1)

    async def end(self) -> None:
        """The process ends."""
        self._client.loop_stop()
