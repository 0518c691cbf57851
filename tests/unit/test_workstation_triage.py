"""Triage: what follows from the answers, and why; the codebook; the clock of a closed case."""

import pytest

from sluis.errors import BadField
from workstation.casework import codebook, retention
from workstation.casework.triage import (
    QUESTIONS,
    REVIEW_DAYS,
    WORDS_MAX,
    ReasonNeeded,
    Triage,
    decide,
    device_may_be_watched,
    from_intake,
    risks,
    says_careful,
    suggested_urgency,
)


@pytest.mark.parametrize(
    ("triage", "expected"),
    [
        (Triage(danger="now"), ("P0", "danger-now")),
        (Triage(self_harm="yes", danger="none"), ("P0", "self-harm")),
        (Triage(minor="yes", danger="72h"), ("P0", "minor-in-danger")),
        (Triage(minor="yes", violence="yes", danger="none"), ("P0", "minor-in-danger")),
        (Triage(weapon="yes", address_known="yes", danger="weeks"), ("P0", "weapon-and-address")),
        (Triage(travel="yes", danger="72h"), ("P0", "travel-into-danger")),
        (Triage(danger="72h"), ("P1", "danger-72h")),
        (Triage(minor="yes", danger="weeks"), ("P1", "minor")),
        (Triage(weapon="yes", danger="none"), ("P1", "weapon")),
        (Triage(violence="yes", danger="none"), ("P1", "violence")),
        (Triage(travel="yes", danger="none"), ("P1", "travel")),
        (Triage(family="yes", danger="none"), ("P1", "family")),
        (Triage(danger="weeks"), ("P2", "danger-weeks")),
        (Triage(), ("P2", "danger-unclear")),
        (Triage(danger="none", address_known="yes"), ("P2", "address-known")),
        (Triage(danger="none", device="suspected"), ("P2", "device")),
        (Triage(danger="none", relation="coerced"), ("P2", "coerced")),
        (Triage(danger="none", minor="no", weapon="no"), ("P3", "no-danger")),
    ],
)
def test_the_urgency_follows_from_the_answers(triage: Triage, expected: tuple[str, str]) -> None:
    assert suggested_urgency(triage)[0] == expected
    verdict = decide(triage, "", None, 20_000)
    assert (verdict.urgency, verdict.reason) == expected
    assert verdict.review_day == 20_000 + REVIEW_DAYS[expected[0]]


def test_all_reasons_are_given_the_worst_first() -> None:
    found = suggested_urgency(Triage(danger="now", minor="yes", family="yes"))
    assert [one for _, one in found] == ["danger-now", "minor-in-danger", "minor", "family", "no-danger"]


def test_another_urgency_than_the_answers_give_needs_a_remark() -> None:
    with pytest.raises(ReasonNeeded):
        decide(Triage(danger="now"), "P2", None, 0)
    with pytest.raises(ReasonNeeded):
        decide(Triage(danger="none", remarks=" \n"), "P0", None, 0)
    verdict = decide(Triage(danger="now", remarks="It was last year."), "P2", 3, 10)
    assert (verdict.urgency, verdict.reason, verdict.review_day) == ("P2", "judgement", 13)
    assert decide(Triage(danger="now"), "P0", None, 0).reason == "danger-now"


@pytest.mark.parametrize(
    ("triage", "chosen", "days"),
    [
        (Triage(danger="perhaps"), "", None),
        (Triage(device=""), "", None),
        (Triage(remarks="x" * (WORDS_MAX + 1)), "", None),
        (Triage(remarks="x"), "P4", None),
        (Triage(), "", -1),
        (Triage(), "", 366),
    ],
)
def test_answers_that_there_are_not_are_refused(triage: Triage, chosen: str, days: int | None) -> None:
    with pytest.raises(BadField):
        decide(triage, chosen, days, 0)


def test_it_is_kept_as_it_was() -> None:
    triage = Triage(danger="72h", device="shared", remarks="أكتب من هاتف أختي", safe_time="after six")
    assert Triage.decode(triage.encode()) == triage
    assert Triage.decode(b'{"danger": "now", "asked_no_more": "yes"}') == Triage(danger="now")


def test_every_question_begins_with_nobody_knows() -> None:
    assert all(getattr(Triage(), name) == answers[0] for name, answers in QUESTIONS.items())
    assert risks(Triage()) == ()


def test_risks_are_named_the_worst_first() -> None:
    triage = Triage(danger="72h", family="yes", worse="yes", device="watched", minor="yes", deception="high")
    assert risks(triage) == ("danger-72h", "minor", "family", "worse", "device", "deception")


@pytest.mark.parametrize("device", QUESTIONS["device"])
def test_no_detail_goes_to_a_device_that_others_may_see(device: str) -> None:
    assert device_may_be_watched(Triage(device=device)) is (device not in ("safe", "unknown"))


def test_the_form_of_a_source_begins_the_triage() -> None:
    assert from_intake({"danger": "now", "device": "watched"}) == Triage(danger="now", device="suspected")
    assert from_intake({"danger": "<script>", "device": "?"}) == Triage()
    assert says_careful({"reading": "no"})
    assert not says_careful({"device": "own", "reading": "yes"})


def test_the_codebook_has_each_code_in_both_languages() -> None:
    book = codebook.current()
    assert book.version == 0
    assert " ".join(book.texts) == "PHY INT PRX CON MOB FIN REC DIG SUR ORG MOBZ INF LEG UNK"
    assert all(set(texts) == {"en", "nl"} and all(texts.values()) for texts in book.texts.values())
    assert book.text("PRX", "nl") == "Druk op familie in het buitenland"
    assert book.text("PRX", "fa") == "Pressure on family abroad"
    assert book.text("gone", "en") == "gone"
    with pytest.raises(BadField):
        book.check("QQQ")
    with pytest.raises(BadField):
        codebook.parse('version = 1\n[codes.X]\nnl = "x"\n')


def test_the_clock_of_a_closed_case_follows_from_a_rule() -> None:
    rules = retention.current()
    assert rules.destroy_day(rules.default, 20_000) == 20_180
    with pytest.raises(BadField):
        rules.destroy_day("forever", 0)
    for text in (
        "",
        'default = "a"\n',
        'default = "a"\n[rules.a]\ndays = 0\n',
        'default = "b"\n[rules.a]\ndays = 1\n',
    ):
        with pytest.raises(BadField):
            retention.parse(text)
