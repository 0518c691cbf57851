"""One-time codes: whatever is typed, in whatever order, no code opens anything twice."""

from hypothesis import given
from hypothesis import strategies as st
from pyotp import TOTP

from serving.onetime import STEP_S, UsedCodes, matching_step

SECRETS = ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "KRUGS4ZANFZSAYJAKRUGS4ZANFZSAYJA")
# (seconds since the last try, which secret, how many steps the typed code is off, another's code instead)
TRIES = st.lists(
    st.tuples(st.integers(0, 100), st.sampled_from(SECRETS), st.integers(-3, 3), st.booleans()), max_size=40
)


@given(st.integers(0, 2**32), TRIES)
def test_a_code_is_taken_once_and_never_after_a_newer_one(
    start: int, tries: list[tuple[int, str, int, bool]]
) -> None:
    used, now = UsedCodes(), start + 10 * STEP_S
    taken: dict[str, list[int]] = {secret: [] for secret in SECRETS}
    for passed, secret, off, foreign in tries:
        now += passed
        step = now // STEP_S + off
        source = SECRETS[1 - SECRETS.index(secret)] if foreign else secret
        found = matching_step(secret, TOTP(source).generate_otp(step), now)
        if not foreign and abs(off) <= 1:
            assert found is not None
        if found is not None and used.use(secret, found):
            taken[secret].append(found)
    for steps in taken.values():
        assert steps == sorted(set(steps))
        assert all(step <= now // STEP_S + 1 for step in steps)


@given(st.text(max_size=40), st.integers(0, 2**32))
def test_nothing_typed_is_a_fault(typed: str, now: int) -> None:
    matching_step(SECRETS[0], typed, now)
