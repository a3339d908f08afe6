import functools
import os

import pytest

from segue.daemon.library import workers
from segue.daemon.library.workers import Crash, Workers


def evaluating(count):
    """Workers whose jobs are Python expressions: ``partial(eval)`` is the function that answers."""
    return Workers(count, functools.partial, (eval,))


def test_every_job_is_answered_once():
    answers = dict(evaluating(2).run([f"{n} * {n}" for n in range(9)]))

    assert answers == {f"{n} * {n}": n * n for n in range(9)}


def test_a_job_that_kills_its_worker_costs_itself_alone():
    jobs = ["1", "__import__('os').kill(__import__('os').getpid(), 9)", "2", "__import__('os')._exit(3)", "4"]

    answers = list(evaluating(1).run(jobs))

    assert [job for job, _ in answers] == jobs
    assert [answer for _, answer in answers if not isinstance(answer, Crash)] == [1, 2, 4]
    assert [answer.reason.split("(")[1] for _, answer in answers if isinstance(answer, Crash)] == [
        "SIGKILL)",
        "exit 3)",
    ]


def test_a_job_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(workers, "TIMEOUT_S", 3.0)

    answers = dict(evaluating(1).run(["__import__('threading').Event().wait()", "2"]))

    assert isinstance(answers["__import__('threading').Event().wait()"], Crash)
    assert answers["2"] == 2


def test_a_fault_of_ours_is_raised_here_and_nothing_is_left_running():
    crew = evaluating(2)

    with pytest.raises(ZeroDivisionError):
        list(crew.run(["1 / 0", "2", "3"]))
    assert crew._workers == []


def test_a_worker_has_one_thread_for_each_library_and_we_keep_ours():
    before = os.environ.get("OMP_NUM_THREADS")

    answers = dict(evaluating(1).run(["__import__('os').environ['OMP_NUM_THREADS']"]))

    assert list(answers.values()) == ["1"]
    assert os.environ.get("OMP_NUM_THREADS") == before
