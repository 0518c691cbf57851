"""Permits: how much costly work runs at once, and for whom."""

import threading
from contextlib import ExitStack
from time import monotonic

import pytest

from source_interface.permits import CIRCUIT_RATES, Busy, Permits, Rate, Work

WAIT_S = 20


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def permits(clock: Clock) -> Permits:
    return Permits(2, clock)


def admitted(permits: Permits, entered: ExitStack, most: int, *, new: bool) -> int:
    for number in range(most):
        try:
            entered.enter_context(permits.derivation(f"{new}-{number}", new=new))
        except Busy:
            return number
    return most


def test_the_queue_is_bounded_at_once(permits: Permits) -> None:
    with ExitStack() as entered:
        started = monotonic()
        assert admitted(permits, entered, 100, new=False) == 8
        assert monotonic() - started < 1
    with ExitStack() as entered:
        assert admitted(permits, entered, 100, new=False) == 8


def test_new_codenames_have_permits_of_their_own(permits: Permits) -> None:
    with ExitStack() as entered:
        assert admitted(permits, entered, 100, new=True) == 4
        assert admitted(permits, entered, 100, new=False) == 8


def test_one_derivation_for_each_circuit(permits: Permits) -> None:
    with permits.derivation("one", new=False):
        for new in (False, True):
            with pytest.raises(Busy), permits.derivation("one", new=new):
                pass
        with permits.derivation("two", new=False):
            pass
    with permits.derivation("one", new=False):
        pass


def test_one_upload_for_each_circuit(permits: Permits) -> None:
    with permits.upload("one"):
        with pytest.raises(Busy), permits.upload("one"):
            pass
        with permits.upload("two"), permits.derivation("one", new=False):
            pass
    with permits.upload("one"):
        pass


def test_uploads_of_the_whole_site_are_bounded(clock: Clock) -> None:
    permits = Permits(2, clock, uploads=2)
    with permits.upload("one"), permits.upload("two"), pytest.raises(Busy), permits.upload("three"):
        pass
    with permits.upload("three"), permits.upload("one"):
        pass


def test_visitors_without_a_circuit_do_not_hinder_each_other(permits: Permits) -> None:
    with permits.upload(""), permits.upload(""):
        pass
    assert all(take(permits, Work.TEXT, "") for _ in range(50))


def test_an_error_gives_the_permit_back(permits: Permits) -> None:
    for _ in range(20):
        with pytest.raises(LookupError), permits.derivation("one", new=False) as turn:
            turn.run(lambda: {}["absent"])
    with pytest.raises(LookupError), permits.upload("one"):
        raise LookupError
    assert permits._in_flight == set()


def test_no_more_run_at_once_than_there_are_seats(permits: Permits) -> None:
    running, most = 0, 0
    lock = threading.Lock()
    go_on = threading.Event()

    def work() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(0.01)
        with lock:
            running -= 1
        return 1

    done = []

    def request(circuit: str) -> None:
        with permits.derivation(circuit, new=False) as turn:
            done.append(turn.run(work))

    threads = [threading.Thread(target=request, args=[str(number)]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert done == [1] * 8
    assert most == 2
    assert permits.seats == 3


def test_without_a_seat_in_time_it_is_busy(permits: Permits) -> None:
    go_on, started = threading.Event(), threading.Barrier(3)

    def hold() -> None:
        started.wait(WAIT_S)
        go_on.wait(WAIT_S)

    def request(circuit: str) -> None:
        with permits.derivation(circuit, new=False) as turn:
            turn.run(hold)

    threads = [threading.Thread(target=request, args=[str(number)]) for number in range(2)]
    for thread in threads:
        thread.start()
    started.wait(WAIT_S)
    with permits.derivation("third", new=False) as turn, pytest.raises(Busy):
        turn.run(lambda: None, wait_s=0.01)
    go_on.set()
    for thread in threads:
        thread.join(WAIT_S)
    with permits.derivation("third", new=False) as turn:
        assert turn.run(lambda: 5) == 5


def take(permits: Permits, work: Work, circuit: str) -> bool:
    try:
        permits.take(work, circuit)
    except Busy:
        return False
    return True


@pytest.mark.parametrize("work", list(Work))
def test_a_circuits_bucket(permits: Permits, clock: Clock, work: Work) -> None:
    rate = CIRCUIT_RATES[work]
    assert [take(permits, work, "one") for _ in range(rate.burst + 1)] == [True] * rate.burst + [False]
    assert take(permits, work, "two")
    clock.now += rate.every_s + 0.001
    assert [take(permits, work, "one") for _ in range(2)] == [True, False]


def test_the_sites_bucket_bounds_all_circuits_together(clock: Clock) -> None:
    rates = dict.fromkeys(Work, Rate(5, 10.0))
    permits = Permits(2, clock, site_rates=rates)
    assert [take(permits, Work.FILE, str(number)) for number in range(7)] == [True] * 5 + [False] * 2
    assert take(permits, Work.TEXT, "other")


def test_buckets_that_are_full_again_are_forgotten(clock: Clock) -> None:
    permits = Permits(2, clock, site_rates=dict.fromkeys(Work, Rate(1_000_000, 1.0)))
    for number in range(6_000):
        take(permits, Work.TEXT, str(number))
    assert len(permits._buckets) <= 4_097
    clock.now += 10_000
    take(permits, Work.TEXT, "last")
    assert len(permits._buckets) == 1


def test_no_circuit_id_is_kept_as_it_is(permits: Permits) -> None:
    circuit = "fc00:dead:beef:4dad::1:22"
    take(permits, Work.TEXT, circuit)
    with permits.upload(circuit):
        assert circuit not in repr(vars(permits))
        assert circuit.encode().hex() not in repr(vars(permits))
