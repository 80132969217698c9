"""The processor's port: whoever calls, however slowly, with whatever bytes, the door stays open for the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import iso8583
import pytest
from iso8583.specs import default_ascii

from cards.issuers.iso8583 import fields
from cards.issuers.iso8583.fields import Decoded
from cards.issuers.iso8583.server import Bounds, Rung, Server
from tests.cards.test_iso8583 import message

FAST = Bounds(frame=512, frame_seconds=0.3, idle_seconds=5, answer_seconds=0.3, connections=4, in_work=2, workers=4)
LOCAL = frozenset({"127.0.0.1"})
T = TypeVar("T")
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def network(code: str, trace: int = 9) -> dict[str, str]:
    return {"t": "0800", "7": "1120063000", "11": f"{trace:06}", "33": "123456", "70": code}


def framed(sent: dict[str, str]) -> bytes:
    encoded, _ = iso8583.encode(dict(sent), spec=default_ascii)
    return len(encoded).to_bytes(2, "big") + bytes(encoded)


async def heard(line: Line, *, within: float = 2.0) -> dict[str, str]:
    async with asyncio.timeout(within):
        size = int.from_bytes(await line[0].readexactly(2), "big")
        decoded, _ = iso8583.decode(await line[0].readexactly(size), spec=default_ascii)
    return dict(decoded)


async def say(line: Line, sent: dict[str, str]) -> dict[str, str]:
    line[1].write(framed(sent))
    await line[1].drain()
    return await heard(line)


async def is_closed(line: Line, *, within: float = 2.0) -> bool:
    async with asyncio.timeout(within):
        try:
            return await line[0].read(1) == b""
        except ConnectionError:
            return True


def approve(decoded: Decoded, frame: bytes, came: float) -> tuple[bytes | None, Rung]:
    return fields.respond(decoded, "00"), []


@asynccontextmanager
async def open_door(handle: Any = approve, *, bounds: Bounds = FAST, peers: frozenset[str] = LOCAL) -> Any:
    server = Server(handle, peers=peers, bounds=bounds)
    port = await server.start("127.0.0.1", 0)
    lines: list[Line] = []

    async def call() -> Line:
        lines.append(await asyncio.open_connection("127.0.0.1", port))
        return lines[-1]

    try:
        yield call
    finally:
        for _, writer in lines:
            writer.close()
        await server.stop()


async def call_with(handle: Any, frames: list[bytes]) -> list[dict[str, str]]:
    """Sign on, send frames, and return what is answered to the first."""
    async with open_door(handle) as call:
        line = await call()
        await say(line, network("001"))
        answers = []
        for frame in frames:
            line[1].write(len(frame).to_bytes(2, "big") + frame)
            if not answers:
                answers.append(await heard(line))
        await say(line, network("301"))
        return answers


def in_a_loop(scene: Coroutine[Any, Any, T]) -> T:
    """Run something asynchronous in a thread of its own: browser tests leave a loop running in the thread of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, scene).result()


def play(scene: Callable[[Callable[[], Awaitable[Line]]], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        async with open_door(**options) as call:
            await scene(call)

    in_a_loop(run())


def test_a_line_is_signed_on_before_it_is_asked_anything() -> None:
    async def scene(call: Any) -> None:
        line = await call()
        assert (await say(line, message()))["39"] == "91"
        assert (await say(line, message("0120")))["39"] == "00"
        for code, answer in (("001", "00"), ("301", "00"), ("161", "57"), ("999", "57")):
            said = await say(line, network(code))
            assert (said["t"], said["39"], said["70"]) == ("0810", answer, code)
        assert (await say(line, message()))["39"] == "00"
        await say(line, network("002"))
        assert (await say(line, message()))["39"] == "91"

    play(scene)


def test_a_frame_in_pieces_is_one_frame() -> None:
    async def scene(call: Any) -> None:
        line = await call()
        for byte in framed(network("301")):
            line[1].write(bytes([byte]))
            await line[1].drain()
        assert (await heard(line))["39"] == "00"

    play(scene)


def test_many_messages_of_one_line_are_answered_each_when_it_is_ready() -> None:
    def slow_first(decoded: Decoded, frame: bytes, came: float) -> tuple[bytes | None, Rung]:
        time.sleep(0.15 if decoded["11"] == "000001" else 0)
        return fields.respond(decoded, "00"), []

    async def scene(call: Any) -> None:
        line = await call()
        await say(line, network("001"))
        line[1].write(framed(message(trace=1)) + framed(message(trace=2)))
        assert [(await heard(line))["11"], (await heard(line))["11"]] == ["000002", "000001"]

    play(scene, handle=slow_first)


def test_an_answer_that_comes_too_late_is_a_no_and_an_advice_gets_none() -> None:
    rung: list[str] = []

    def slow(decoded: Decoded, frame: bytes, came: float) -> tuple[bytes | None, Rung]:
        time.sleep(0.5)
        return fields.respond(decoded, "00"), [lambda: rung.append(decoded["11"])]

    async def scene(call: Any) -> None:
        line = await call()
        await say(line, network("001"))
        assert (await say(line, message(trace=1)))["39"] == "91"
        line[1].write(framed(message("0120", trace=2)))
        await asyncio.sleep(0.9)
        assert (await say(line, network("301")))["t"] == "0810"
        assert sorted(rung) == ["000001", "000002"]

    play(scene, handle=slow)


@pytest.mark.parametrize("head", [b"\x00\x00", b"\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00"])
def test_what_is_no_frame_ends_the_line_at_once(head: bytes) -> None:
    async def scene(call: Any) -> None:
        line, other = await call(), await call()
        line[1].write(head)
        assert await is_closed(line)
        assert (await say(other, network("301")))["39"] == "00"

    play(scene)


def test_a_frame_that_never_ends_is_not_waited_for() -> None:
    async def scene(call: Any) -> None:
        for start in (b"\x00", framed(network("301"))[:20]):
            line = await call()
            line[1].write(start)
            assert await is_closed(line)

    play(scene)


def test_garbage_is_borne_three_times() -> None:
    async def scene(call: Any) -> None:
        line = await call()
        for frame in (b"0100zzzz", b"\x00\x01"):
            line[1].write(len(frame).to_bytes(2, "big") + frame)
        assert (await say(line, network("301")))["39"] == "00"
        line[1].write(b"\x00\x049999")
        assert await is_closed(line)

    play(scene)


def test_only_so_many_lines_are_open_and_one_that_ends_makes_room() -> None:
    async def scene(call: Any) -> None:
        lines = [await call() for _ in range(4)]
        for line in lines:
            await say(line, network("301"))
        assert await is_closed(await call())
        lines[0][1].close()
        await asyncio.sleep(0.05)
        assert (await say(await call(), network("301")))["39"] == "00"

    play(scene)


def test_strangers_are_not_listened_to() -> None:
    async def scene(call: Any) -> None:
        assert await is_closed(await call())

    play(scene, peers=frozenset({"192.0.2.1"}))


def test_more_in_work_than_allowed_waits_its_turn() -> None:
    at_once: list[int] = [0, 0]

    def count(decoded: Decoded, frame: bytes, came: float) -> tuple[bytes | None, Rung]:
        at_once[0] += 1
        at_once[1] = max(at_once)
        time.sleep(0.03)
        at_once[0] -= 1
        return fields.respond(decoded, "00"), []

    async def scene(call: Any) -> None:
        line = await call()
        await say(line, network("001"))
        line[1].write(b"".join(framed(message(trace=trace)) for trace in range(1, 9)))
        answered = {(await heard(line))["11"] for _ in range(8)}
        assert answered == {f"{trace:06}" for trace in range(1, 9)}
        assert at_once[1] <= 2

    play(scene, handle=count)


def test_a_mistake_of_ours_ends_no_line() -> None:
    def broken(decoded: Decoded, frame: bytes, came: float) -> tuple[bytes | None, Rung]:
        raise RuntimeError("a mistake")

    async def scene(call: Any) -> None:
        line = await call()
        await say(line, network("001"))
        assert (await say(line, message()))["39"] == "96"
        assert (await say(line, network("301")))["39"] == "00"

    play(scene, handle=broken)
