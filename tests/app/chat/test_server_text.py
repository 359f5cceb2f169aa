import pytest

from app.chat.server_text import ServerText, parse_server


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("im.test", ServerText("im.test")),
        (" IM.Test. ", ServerText("im.test")),
        ("https://im.test", ServerText("im.test")),
        ("https://im.test/chat?x#y", ServerText("im.test")),
        ("im.test/", ServerText("im.test")),
        ("im.test:28443", ServerText("im.test", longlink_port=28443)),
        ("https://im.test:8443/", ServerText("im.test", shortlink_port=8443)),
        ("im.test:", ServerText("im.test")),
        ("im.test.:28443", ServerText("im.test", longlink_port=28443)),
        ("ｉｍ。ｔｅｓｔ：28443", ServerText("im.test", longlink_port=28443)),
        ("例子.测试", ServerText("例子.测试")),
        ("192.0.2.7:1", ServerText("192.0.2.7", longlink_port=1)),
        ("2001:db8::1", ServerText("2001:db8::1")),
        ("[2001:db8::1]", ServerText("2001:db8::1")),
        ("[2001:db8::1]:28443", ServerText("2001:db8::1", longlink_port=28443)),
        ("localhost", ServerText("localhost")),
        ("my_server-1.lan", ServerText("my_server-1.lan")),
    ],
)
def test_what_people_type_as_a_server(typed, meant) -> None:
    assert parse_server(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", ".", "https://", "a b", "im..test", "im.test:70000", "im.test:0", "im.test:x", "[x]:1",
     "me@im.test", "-im.test", "a" * 64, "\u200b", "im.test:٣٤:1"],
)  # fmt: skip
def test_what_cannot_be_a_server_is_refused(typed) -> None:
    with pytest.raises(ValueError, match=r"no |is not a port"):
        parse_server(typed)
