"""The rules of the verdict, and that each can be said."""

import string

import pytest

from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.verdict import Conclusion, Verdict, conclude
from netcore.sdt.words import _TEXTS as TEXTS
from netcore.sdt.words import LANGUAGES, cause_of, name_of, say, status_of


def ok(kind, rtt=0.02, **facts):
    return CheckResult(kind, "t", Status.OK, rtt=rtt, facts=facts)


def bad(kind, cause, detail="why", **facts):
    return CheckResult(kind, "t", Status.FAILED, cause, detail, facts=facts)


def found(*results):
    return conclude(results, host="chat.example")


def test_nothing_at_all_was_cancelled():
    assert found().finding is Conclusion.CANCELLED
    assert found(bad(CheckKind.TCP, CheckCause.CANCELLED)).finding is Conclusion.CANCELLED


def test_a_noop_that_is_answered_is_well_whatever_else_fails():
    verdict = found(
        ok(CheckKind.TCP),
        bad(CheckKind.GATEWAY, CheckCause.TIMEOUT),
        bad(CheckKind.DNS, CheckCause.TIMEOUT),
    )
    assert verdict.finding is Conclusion.WELL
    assert verdict.good
    assert verdict.values["ms"] == 20


def test_a_slow_answer_is_weak():
    slow = CheckResult(CheckKind.TCP, "t", Status.SLOW, rtt=2.4)
    assert found(slow).finding is Conclusion.WEAK


def test_a_portal_does_not_matter_while_the_server_is_reached():
    portal = bad(CheckKind.PORTAL, CheckCause.REDIRECTED)
    assert found(portal, ok(CheckKind.TCP)).finding is Conclusion.WELL
    assert found(portal, bad(CheckKind.TCP, CheckCause.TIMEOUT)).finding is Conclusion.PORTAL


def test_a_proxy_that_gives_no_tunnel():
    proxy = bad(CheckKind.PROXY, CheckCause.LOGIN_REFUSED)
    assert (
        found(proxy, bad(CheckKind.TCP, CheckCause.LOGIN_REFUSED)).finding is Conclusion.PROXY_FAILS
    )


def test_a_certificate_is_told_with_its_fingerprint():
    verdict = found(
        bad(CheckKind.TCP, CheckCause.CERTIFICATE),
        bad(CheckKind.TLS, CheckCause.CERTIFICATE, fingerprint="ab12"),
    )
    assert verdict.finding is Conclusion.CERTIFICATE
    assert verdict.values["fingerprint"] == "ab12"


def test_nothing_that_fits_is_unclear():
    assert found(
        bad(CheckKind.HTTP, CheckCause.ERROR), ok(CheckKind.GATEWAY), ok(CheckKind.DNS, by="system")
    ).finding


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("finding", list(Conclusion))
def test_every_finding_is_said_in_every_language(finding, language):
    text = TEXTS[finding][LANGUAGES.index(language)]
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    said = say(Verdict(finding, {name: f"<{name}>" for name in names - {"loss"}}), language)
    assert "{" not in said
    assert all(f"<{name}>" in said for name in names - {"loss"})
    assert (said[-1] in "。！") if language == "zh" and "where" not in names else said


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ([bad(CheckKind.TCP, CheckCause.REFUSED, "no luck"), ok(CheckKind.HTTP)], "连接被拒绝"),
        ([bad(CheckKind.TCP, CheckCause.HANDSHAKE, "no luck")], "TLS 握手失败"),
        ([bad(CheckKind.TCP, CheckCause.CERTIFICATE, "no luck")], "证书不受信任"),
        ([bad(CheckKind.PROXY, CheckCause.LOGIN_REFUSED, "no luck")], "登录被拒绝"),
    ],
)
def test_what_a_check_says_is_told_in_chinese_by_its_cause(results, told):
    verdict = found(*results)
    assert "no luck" in say(verdict, "en")
    assert "no luck" not in say(verdict, "zh") and told in say(verdict, "zh")


def test_every_cause_but_those_that_say_nothing_has_words():
    silent = {CheckCause.NONE, CheckCause.ERROR}
    for language in LANGUAGES:
        assert {cause for cause in CheckCause if not cause_of(cause, language)} == silent
    assert cause_of("of a later version") == ""


def test_a_value_with_braces_is_only_a_value():
    verdict = Verdict(Conclusion.SERVER_REFUSES, {"host": "{0.__class__}"})
    assert "{0.__class__}" in say(verdict, "en")


def test_every_kind_and_status_has_a_name():
    for language in LANGUAGES:
        assert all(name_of(kind, language) for kind in CheckKind)
        assert all(status_of(status, language) for status in Status)
