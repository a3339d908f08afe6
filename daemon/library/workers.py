"""A few processes that each do one job after another, and whose death costs no more than the job in hand.

Conventions
-----------
Workers are spawned, not forked, and ignore Ctrl-C: their parent decides. A worker ends when its parent does, however
that came about. A job that kills its worker, or takes longer than `TIMEOUT_S`, is reported as crashed, and a new
worker takes the place.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")

TIMEOUT_S = 900.0
"""No file takes this long; half an hour of music takes half a minute."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Read by libraries when they are loaded: one thread each, since there is a worker per core."""
_MASKS = hasattr(signal, "pthread_sigmask")


@dataclass(frozen=True, slots=True)
class Crash:
    """A job that took its worker with it."""

    reason: str


@dataclass
class _Worker(Generic[Job]):
    process: SpawnProcess
    pipe: "Connection[Any, Any]"
    job: Job | None = None
    deadline_s: float = 0.0


class Workers(Generic[Job, Answer]):
    """Processes that answer jobs.

    Parameters
    ----------
    count
        How many.
    prepare
        Called once in each worker with ``arguments``; gives the function that answers a job. Importable, as all that
        is sent must be.
    """

    def __init__(
        self, count: int, prepare: Callable[..., Callable[[Job], Answer]], arguments: tuple[object, ...]
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._prepare = prepare
        self._arguments = arguments
        self._count = count
        self._workers: list[_Worker[Job]] = []

    def run(self, jobs: Iterable[Job]) -> Generator[tuple[Job, Answer | Crash], None, None]:
        """Give out jobs and yield each with its answer, in the order in which they are done.

        Raises
        ------
        Exception
            What ``prepare`` or the function raised in the worker; a job should not raise for a reason of its own.
        """
        waiting = deque(jobs)
        self._workers = [self._start() for _ in range(min(self._count, len(waiting)))]
        try:
            while True:
                for place, worker in enumerate(self._workers):
                    if worker.job is None and waiting:
                        if not worker.process.is_alive():
                            worker = self._workers[place] = self._start()
                        worker.job, worker.deadline_s = waiting.popleft(), time.monotonic() + TIMEOUT_S
                        with contextlib.suppress(BrokenPipeError):  # it died just now, as reading will tell
                            worker.pipe.send(worker.job)
                busy = {worker.pipe: worker for worker in self._workers if worker.job is not None}
                if not busy:
                    return
                ready = wait(list(busy), timeout=1.0)
                for pipe, worker in busy.items():
                    job = worker.job
                    assert job is not None
                    if pipe in ready:
                        worker.job = None
                        yield job, self._receive(worker)
                    elif time.monotonic() > worker.deadline_s:
                        worker.process.kill()
                        worker.process.join()
                        worker.job = None
                        yield job, Crash(f"took longer than {TIMEOUT_S:.0f} s")
        finally:
            self.close()

    def close(self) -> None:
        """End all workers now, whatever they are at."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers = []

    def _start(self) -> _Worker[Job]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._prepare, self._arguments), daemon=True)
        before = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        # A worker inherits what is blocked, so Ctrl-C cannot reach it before it has said that it ignores it. The
        # tracker unblocks SIGINT when it starts, so it starts first.
        resource_tracker.ensure_running()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if _MASKS else None
        try:
            process.start()
        finally:
            if blocked is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        theirs.close()
        return _Worker(process, ours)

    def _receive(self, worker: _Worker[Job]) -> Answer | Crash:
        try:
            fine, answer = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            code = worker.process.exitcode or 0
            return Crash(f"crashed the decoder or the analysis ({_name(code)})")
        if not fine:
            raise answer
        result: Answer = answer
        return result


def _serve(
    pipe: "Connection[Any, Any]", prepare: Callable[..., Callable[[Any], Any]], arguments: tuple[object, ...]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        answer = prepare(*arguments)
        while True:
            pipe.send((True, answer(pipe.recv())))
    except (EOFError, BrokenPipeError):
        pass
    except Exception as exc:
        with contextlib.suppress(OSError):  # nobody is left to hear it
            pipe.send((False, exc))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _name(code: int) -> str:
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """Stop as cleanly for SIGTERM and a closed terminal as for Ctrl-C; what follows the first of a kind is ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a terminal that closes may say so twice, and must not cut off the end
        raise KeyboardInterrupt

    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {kind: signal.getsignal(kind) for kind in kinds}
    wanted = {kind: handler for kind, handler in before.items() if handler is not signal.SIG_IGN}  # nohup
    for kind in wanted:
        signal.signal(kind, interrupt)
    try:
        yield
    finally:
        for kind, handler in wanted.items():
            signal.signal(kind, handler)
