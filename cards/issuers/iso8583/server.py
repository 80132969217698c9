"""The processor's door: a TCP port with frames of two bytes of length and a message.

One connection carries many messages at the same time, each answered when it is ready: the processor matches them by their
trace numbers. Everything is bounded: connections, messages in work, the size of a frame, the time it may take to come in or to be taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cards.issuers.iso8583 import fields
from cards.issuers.iso8583.adapter import NOT_PERMITTED, SYSTEM_ERROR, UNAVAILABLE
from cards.issuers.iso8583.fields import Decoded, Garbage

logger = logging.getLogger(__name__)
SIGN_ON, SIGN_OFF, CUTOVER, ECHO = "001", "002", "201", "301"
# Writes the answer to a message that is not about the line itself, and says what to do once it is sent. Its third argument is
# when the message came, by `time.monotonic`: waiting for a free worker is part of the time an answer takes.
# What is rung once the answer is out: bells, seen from the line.
Rung = Sequence[Callable[[], None]]
Handler = Callable[[Decoded, bytes, float], tuple[bytes | None, Rung]]


@dataclass(frozen=True)
class Bounds:
    """How much anybody may ask of the door, in bytes, seconds and pieces."""

    frame: int = 2048
    frame_seconds: float = 5.0
    idle_seconds: float = 900.0
    answer_seconds: float = 1.9
    connections: int = 64
    in_work: int = 16
    strikes: int = 3
    workers: int = 8


@dataclass(eq=False)
class _Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    in_work: asyncio.Semaphore
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    is_signed_on: bool = False
    strikes: int = 0

    @property
    def peer(self) -> str:
        return str((self.writer.get_extra_info("peername") or ("?",))[0])


class Server:
    """The door. `peers` are the addresses that may knock; with none given, only this machine."""

    def __init__(self, handle: Handler, *, peers: frozenset[str], bounds: Bounds | None = None) -> None:
        self.handle, self.peers, self.bounds = handle, peers, bounds or Bounds()
        self.lines: set[_Line] = set()
        self.pool = ThreadPoolExecutor(self.bounds.workers, thread_name_prefix="iso8583")
        self.server: asyncio.Server | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Open the door and return its port."""
        limit = self.bounds.frame + 2
        self.server = await asyncio.start_server(self._met, host, port, limit=limit, ssl=tls)
        return int(self.server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the door, let what is in work be answered, and hang up."""
        assert self.server is not None, "it was started"
        self.server.close()
        working = [task for line in self.lines for task in line.tasks]
        if working:
            await asyncio.wait(working, timeout=self.bounds.answer_seconds)
        for line in list(self.lines):
            line.writer.close()
        await self.server.wait_closed()
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(reader, writer, asyncio.Semaphore(self.bounds.in_work))
        if line.peer not in self.peers or len(self.lines) >= self.bounds.connections:
            logger.warning("line refused: peer=%s open=%s", line.peer, len(self.lines))
            writer.close()
            return
        self.lines.add(line)
        logger.info("line open: peer=%s", line.peer)
        try:
            await self._listen(line)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ssl.SSLError) as error:
            logger.info("line lost: peer=%s why=%s", line.peer, type(error).__name__)
        finally:
            self.lines.discard(line)
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                await writer.wait_closed()

    async def _listen(self, line: _Line) -> None:
        while True:
            frame = await self._frame(line)
            if frame is None:
                return
            came = time.monotonic()
            await line.in_work.acquire()
            task = asyncio.create_task(self._work(line, frame, came))
            line.tasks.add(task)
            task.add_done_callback(line.tasks.discard)

    async def _frame(self, line: _Line) -> bytes | None:
        """Read one frame. None when the other side has hung up, or says that more comes than a message can hold."""
        try:
            first = await asyncio.wait_for(line.reader.readexactly(1), self.bounds.idle_seconds)
        except asyncio.IncompleteReadError:
            return None
        async with asyncio.timeout(self.bounds.frame_seconds):
            size = int.from_bytes(first + await line.reader.readexactly(1), "big")
            if not 0 < size <= self.bounds.frame:
                logger.warning("line closed, no such frame: peer=%s size=%s", line.peer, size)
                return None
            return await line.reader.readexactly(size)

    async def _work(self, line: _Line, frame: bytes, came: float) -> None:
        try:
            try:
                decoded = fields.decode(frame)
            except Garbage as error:
                self._strike(line, error)
                return
            answer, bells = await self._answer(line, decoded, frame, came)
            if answer is not None:
                await self._send(line, answer)
            await self._ring(bells)
        except (ConnectionError, TimeoutError, ssl.SSLError) as error:
            logger.info("answer not taken: peer=%s why=%s", line.peer, type(error).__name__)
            line.writer.close()
        finally:
            line.in_work.release()

    def _strike(self, line: _Line, error: Garbage) -> None:
        line.strikes += 1
        logger.warning("garbage: peer=%s strike=%s where=%s", line.peer, line.strikes, error)
        if line.strikes >= self.bounds.strikes:
            line.writer.close()

    async def _answer(self, line: _Line, decoded: Decoded, frame: bytes, came: float) -> tuple[bytes | None, Rung]:
        kind = fields.base_type(decoded)
        if kind == "0800":
            return self._network(line, decoded), []
        if kind in fields.REQUESTS and not line.is_signed_on:
            return fields.respond(decoded, UNAVAILABLE), []
        work = asyncio.get_running_loop().run_in_executor(self.pool, self.handle, decoded, frame, came)
        try:
            left = self.bounds.answer_seconds - (time.monotonic() - came)
            return await asyncio.wait_for(asyncio.shield(work), max(left, 0))
        except TimeoutError:
            # Whatever comes of it is stored as too late; an advice without an answer comes again.
            logger.warning("no answer in time: peer=%s type=%s", line.peer, kind)
            work.add_done_callback(_ring_later)
            return (fields.respond(decoded, UNAVAILABLE) if kind in fields.REQUESTS else None), []
        except Exception as error:  # noqa: BLE001 - whatever it is, the line goes on
            # A mistake of ours must not be taken for a yes; an advice comes again. What the mistake says is not written down:
            # it may repeat a field.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("message failed: peer=%s type=%s error=%s\n%s", line.peer, kind, type(error).__name__, where)
            return (fields.respond(decoded, SYSTEM_ERROR) if kind in fields.REQUESTS else None), []

    def _network(self, line: _Line, decoded: Decoded) -> bytes:
        """Answer a message about the line itself. There are no keys here that could be changed."""
        code = decoded.get("70", "")
        if code in (SIGN_ON, SIGN_OFF):
            line.is_signed_on = code == SIGN_ON
            logger.info("signed %s: peer=%s", "on" if line.is_signed_on else "off", line.peer)
        return fields.respond(decoded, "00" if code in (SIGN_ON, SIGN_OFF, CUTOVER, ECHO) else NOT_PERMITTED)

    async def _send(self, line: _Line, answer: bytes) -> None:
        async with line.sending, asyncio.timeout(self.bounds.frame_seconds):
            line.writer.write(len(answer).to_bytes(2, "big") + answer)
            await line.writer.drain()

    async def _ring(self, bells: Rung) -> None:
        for bell in bells:
            await asyncio.get_running_loop().run_in_executor(self.pool, bell)


def _ring_later(work: asyncio.Future[tuple[bytes | None, Rung]]) -> None:
    """Ring for what was done too late to be answered: it is stored all the same."""
    if work.cancelled() or work.exception() is not None:
        return
    for bell in work.result()[1]:
        asyncio.get_running_loop().run_in_executor(None, bell)
