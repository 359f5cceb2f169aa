"""What is redacted, and that the rest stays."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.diagnostics.redact import Keep, Redactor, Secrets, tokens_of
from app.diagnostics.vocabulary import vocabulary

KNOWN = Secrets(
    names={"Zebulon Quist", "欧阳雪", "Xi"},
    texts={"the kiosk opens at seven sharp", "明天发射火箭，不要告诉别人", "🚀🚀", "ok", "484848"},
    tokens={"tk/Q+7="},
    passwords={"corr3ct h0rse"},
    hosts={"im.zircon.example", "localhost"},
)


@pytest.fixture(scope="module")
def redactor():
    return Redactor(KNOWN, Keep(), vocabulary())


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("up to 10.0.0.1:8081 after 0.020 s", "up to [address-1]:8081 after 0.020 s"),
        ("at 127.0.0.1:8081, ::1 and localhost", "at 127.0.0.1:8081, ::1 and localhost"),
        ("fe80::1%eth0 at 14:35:02 on 2026-11-25", "[address-1] at 14:35:02 on 2026-11-25"),
        ("card 52:54:00:12:34:56", "card [address-1]"),
        ("a@b.example wrote", "[address-1] wrote"),
        ("GET http://user:x@im.zircon.example:80/a", "GET http://[address-1]:80/a"),
        ("IM.ZIRCON.EXAMPLE and im.zircon.example", "[address-1] and [address-1]"),
        ("zebulon  QUIST wrote to Xi", "[name-1] wrote to [name-2]"),
        ("the kiosk opens", "the [text] opens"),
        ("kiosk-opens at SEVEN", "[text]"),
        ("...opens at seven sharp!", "...[text]!"),
        ("收到明天发射火箭了", "收到[text]了"),
        ("code 484848 here", "code [text] here"),
        ("all ok 🚀🚀", "all ok [text]"),
        ("\\u6b27\\u9633\\u96ea", "[text]"),
        ('password="a b c" x', 'password="[secret]" x'),
        ("password: a b c", "password: [secret]"),
        ("token=abc, next", "token=[secret], next"),
        ("Authorization: Bearer abcdefgh", "Authorization: [secret]"),
        ("tk/Q+7= tk%2FQ%2B7%3D 746b2f512b373d", "[secret] [secret] [secret]"),
        ("key 0123456789abcdef0123456789abcdef", "key [secret]"),
        ("default-longlink: connects in 0.5 s", "default-longlink: connects in 0.5 s"),
        ("", ""),
    ],
)
def test_text(text, redacted):
    assert Redactor(KNOWN, Keep(), vocabulary()).text(text) == redacted


def test_the_same_name_and_address_keep_their_number(redactor):
    first, again = redactor.text("10.9.8.7 Xi"), redactor.text("Xi 10.9.8.7")
    assert set(first.split()) == set(again.split())


def test_what_is_redacted_stays_as_it_is(redactor):
    once = redactor.text("Xi at 10.9.8.7: the kiosk opens at seven, token=x")
    assert redactor.text(once) == once


@given(st.text(max_size=60), st.sampled_from(sorted(KNOWN.names | KNOWN.texts - {"ok"})))
@settings(max_examples=150, deadline=None)
def test_a_known_phrase_goes_whatever_stands_around_it(text, phrase):
    redacted = Redactor(KNOWN).text(f"{text} {phrase} {text}")
    assert phrase not in redacted or phrase in text


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_json_is_taken(value):
    json.dumps(Redactor(KNOWN).json(value))


def test_keys_say_what_their_values_are(redactor):
    found = redactor.json(
        {"host": "some.where", "user_id": "Q", "token": "t", "text": "hi", "n": 3}
    )
    assert found["host"].startswith("[address-")
    assert found["user_id"].startswith("[name-")
    assert (found["token"], found["text"], found["n"]) == ("[secret]", "[text]", 3)


def test_a_certificates_fingerprint_is_no_secret(redactor):
    assert redactor.json({"fingerprint": "ab" * 32}) == {"fingerprint": "ab" * 32}


def test_without_anything_known_patterns_still_go():
    assert Redactor(Secrets()).text("password=x 10.0.0.1") == "password=[secret]"


def test_a_category_that_there_is_not_is_told():
    with pytest.raises(ValueError, match="names, texts, tokens"):
        Keep.of(["everything"])


def test_our_own_words_are_known():
    assert {"longlink", "heartbeat", "connected", "refused"} <= vocabulary()
    assert len(vocabulary()) > 2000


def test_words_are_compared_without_case_space_and_punctuation():
    assert tokens_of("The KIOSK, opens!") == ("the", "kiosk", "opens")
    assert tokens_of("明天 发射") == ("明", "天", "发", "射")
