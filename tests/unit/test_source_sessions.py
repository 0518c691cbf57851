"""Sessions and tokens: constant length, nothing opens after its end."""

import pytest

from sluis.errors import BadField
from sluis.primitives import random_id, random_key
from source_interface.sessions import (
    COOKIE_LENGTH,
    TOKEN_LENGTH,
    Arrived,
    Session,
    Sessions,
    StaleToken,
    TokenBox,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(1_800, 43_200, clock)


def opened(sessions: Sessions, cookie: str) -> Session:
    session = sessions.open(cookie)
    assert session is not None
    return session


def changed(text: str) -> list[str]:
    return [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(len(text))]


def test_a_cookie_opens_to_its_root(sessions: Sessions) -> None:
    roots = [random_key() for _ in range(20)]
    cookies = [sessions.create(root) for root in roots]
    assert [opened(sessions, cookie).root for cookie in cookies] == roots
    assert {len(cookie) for cookie in cookies} == {COOKIE_LENGTH}


def test_the_same_root_never_gives_the_same_cookie(sessions: Sessions) -> None:
    root = random_key()
    assert len({sessions.create(root) for _ in range(20)}) == 20


def test_the_server_keeps_no_root(sessions: Sessions) -> None:
    root = random_key()
    opened(sessions, sessions.create(root)).next_sequence()
    kept = [value for state in sessions._states.values() for value in vars(state).values()]
    assert len(kept) >= 7
    assert not [value for value in kept if value == root]


def test_no_changed_cookie_opens(sessions: Sessions) -> None:
    cookie = sessions.create(random_key())
    # The last character carries padding bits that must be zero; a second spelling of a cookie is refused too.
    assert [one for one in changed(cookie) if sessions.open(one) is not None] == []


@pytest.mark.parametrize("cookie", [None, "", "A", "é" * 102, "=" * 102, "A" * 102, "A" * 10_000])
def test_what_is_no_cookie(sessions: Sessions, cookie: str | None) -> None:
    sessions.create(random_key())
    assert sessions.open(cookie) is None


def test_one_sessions_cookie_does_not_open_another(sessions: Sessions) -> None:
    first, second = sessions.create(random_key()), sessions.create(random_key())
    assert sessions.open(first[:24] + second[24:]) is None


def test_a_session_ends(sessions: Sessions) -> None:
    cookie = sessions.create(random_key())
    session = opened(sessions, cookie)
    sessions.end(session)
    sessions.end(session)
    assert sessions.open(cookie) is None
    assert len(sessions) == 0


def test_a_session_ends_when_idle(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.create(random_key())
    for _ in range(5):
        clock.now += 1_799
        opened(sessions, cookie)
    clock.now += 1_800
    assert sessions.open(cookie) is None
    assert len(sessions) == 0


def test_a_session_ends_after_its_life(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.create(random_key())
    for _ in range(43_200 // 1_000):
        clock.now += 1_000
        opened(sessions, cookie)
    clock.now += 200
    assert sessions.open(cookie) is None


def test_after_a_restart_no_cookie_opens(sessions: Sessions, clock: Clock) -> None:
    cookie = sessions.create(random_key())
    assert Sessions(1_800, 43_200, clock).open(cookie) is None


def test_beyond_the_bound_the_longest_idle_ends(clock: Clock) -> None:
    sessions = Sessions(1_800, 43_200, clock, most=3)
    cookies = []
    for _ in range(3):
        clock.now += 1
        cookies.append(sessions.create(random_key()))
    clock.now += 1
    opened(sessions, cookies[0])
    cookies.append(sessions.create(random_key()))
    assert [sessions.open(cookie) is not None for cookie in cookies] == [True, False, True, True]


@pytest.mark.parametrize("size", [0, 31, 33])
def test_what_is_no_root(sessions: Sessions, size: int) -> None:
    with pytest.raises(BadField):
        sessions.create(bytes(size))


def test_what_a_session_remembers_between_requests(sessions: Sessions) -> None:
    cookie, other = sessions.create(random_key()), sessions.create(random_key())
    first = opened(sessions, cookie)
    assert [first.next_sequence(), first.next_sequence()] == [0, 1]
    first.message_id = random_id()
    first.arrived.append(Arrived("a.jpg", 5, "received"))
    replies = [random_id() for _ in range(20)]
    for reply in [*replies, replies[0]]:
        first.mark_read(reply)
    again = opened(sessions, cookie)
    assert again.next_sequence() == 2
    assert again.message_id == first.message_id
    assert again.arrived == [Arrived("a.jpg", 5, "received")]
    assert again.read == tuple(replies[-16:])
    again.told(again.read)
    assert first.read == tuple(replies[:4])
    assert opened(sessions, other).read == ()
    assert opened(sessions, other).arrived == []


def test_the_sequence_stays_in_its_field(sessions: Sessions) -> None:
    session = opened(sessions, sessions.create(random_key()))
    session._state.sequence = 65_534
    assert [session.next_sequence() for _ in range(3)] == [65_534, 65_535, 65_535]


def test_keys_of_a_session(sessions: Sessions) -> None:
    root = random_key()
    one, two = (opened(sessions, sessions.create(root)).keys() for _ in range(2))
    assert one.thread == two.thread


@pytest.mark.parametrize("value", ["", "wolk " * 7, "кот " * 35, "e\u0301te\u0301", "x" * 250])
def test_tokens_have_one_length_and_open(clock: Clock, value: str) -> None:
    box = TokenBox(clock)
    token = box.seal("codename", value)
    assert len(token) == TOKEN_LENGTH
    assert box.open("codename", token, max_age_s=600) == value


def test_a_token_holds_at_most_its_size(clock: Clock) -> None:
    with pytest.raises(BadField):
        TokenBox(clock).seal("codename", "x" * 251)


def test_a_token_is_for_one_purpose_one_session_and_one_process(clock: Clock) -> None:
    box = TokenBox(clock)
    session_id = random_id()
    token = box.seal("write", bound=session_id)
    assert box.open("write", token, max_age_s=600, bound=session_id) == ""
    for other, purpose, bound in (
        (box, "delete", session_id),
        (box, "write", b""),
        (box, "write", random_id()),
        (TokenBox(clock), "write", session_id),
    ):
        with pytest.raises(StaleToken):
            other.open(purpose, token, max_age_s=600, bound=bound)


@pytest.mark.parametrize("token", ["", "A", "é", "A" * TOKEN_LENGTH, "A" * 100_000])
def test_what_is_no_token(clock: Clock, token: str) -> None:
    with pytest.raises(StaleToken):
        TokenBox(clock).open("write", token, max_age_s=600)


def test_no_changed_token_opens(clock: Clock) -> None:
    box = TokenBox(clock)
    for other in changed(box.seal("write")):
        with pytest.raises(StaleToken):
            box.open("write", other, max_age_s=600)


@pytest.mark.parametrize(("age", "good"), [(0, True), (600, True), (601, False)])
def test_a_token_grows_old(clock: Clock, age: float, good: bool) -> None:
    box = TokenBox(clock)
    token = box.seal("write")
    clock.now += age
    if good:
        box.open("write", token, max_age_s=600)
    else:
        with pytest.raises(StaleToken):
            box.open("write", token, max_age_s=600)
