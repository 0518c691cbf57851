"""Answers leave at fixed moments."""

from time import monotonic

import pytest

from source_interface.deadline import Deadline
from source_interface.permits import Busy


class Time:
    """A clock that goes on only when something is done or waited for."""

    def __init__(self) -> None:
        self.now = 500.25

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def rule(time: Time) -> Deadline:
    return Deadline(1.0, 10.0, time.clock, time.sleep)


@pytest.mark.parametrize(
    ("work", "leaves"),
    [(0.0, 1.0), (0.1, 1.0), (0.999, 1.0), (1.0, 1.0), (1.25, 2.0), (2.0, 2.0), (8.5, 9.0), (9.75, 10.0)],
)
def test_an_answer_leaves_at_a_whole_second(rule: Deadline, time: Time, work: float, leaves: float) -> None:
    started = time.now
    answer = rule.start()
    time.now += work
    answer.wait()
    assert time.now - started == pytest.approx(leaves)


@pytest.mark.parametrize(("work", "leaves"), [(0.0, 0.25), (0.2, 0.25), (0.3, 0.5), (1.6, 1.75)])
def test_a_smaller_step(time: Time, work: float, leaves: float) -> None:
    answer = Deadline(0.25, 10.0, time.clock, time.sleep, step_s=0.25).start()
    started = time.now
    time.now += work
    answer.wait()
    assert time.now - started == pytest.approx(leaves)


@pytest.mark.parametrize(("work", "leaves"), [(10.25, 11.0), (14.0, 14.0)])
def test_too_late_it_is_busy_at_a_whole_second_too(
    rule: Deadline, time: Time, work: float, leaves: float
) -> None:
    started = time.now
    answer = rule.start()
    time.now += work
    with pytest.raises(Busy):
        answer.wait()
    assert time.now - started == pytest.approx(leaves)


def test_what_remains_for_the_work(rule: Deadline, time: Time) -> None:
    answer = rule.start()
    assert answer.remaining() == 10.0
    time.now += 4
    assert answer.remaining() == 6.0
    time.now += 40
    assert answer.remaining() == 0.0


def test_a_sleep_that_ends_early_is_gone_on_with(time: Time) -> None:
    started = time.now
    answer = Deadline(1.0, 10.0, time.clock, lambda seconds: time.sleep(seconds / 2 + 0.001)).start()
    answer.wait()
    assert time.now - started >= 1.0


def test_with_a_real_clock() -> None:
    started = monotonic()
    Deadline(0.05, 10.0).start().wait()
    assert 0.05 <= monotonic() - started < 1
