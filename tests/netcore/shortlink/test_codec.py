"""Requests as Mars packs them, answers of every shape."""

from __future__ import annotations

import random

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.connect.proxy import Proxy
from netcore.errors import ConfigError, SocketCode
from netcore.shortlink.codec import MAX_HEAD, HttpClientCodec, Response, ResponseError, make_request

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def ask(codec: HttpClientCodec, **options: object) -> bytes:
    values: dict = {"host": "im.example", "port": 80, "body": b"?"} | options
    return codec.request(make_request("/mars/x", **values))


def asked(**options: object) -> HttpClientCodec:
    codec = HttpClientCodec(**options)
    ask(codec)
    return codec


def parse(data: bytes) -> tuple[h11.Request, bytes]:
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    head = server.next_event()
    assert isinstance(head, h11.Request)
    body = b""
    while not isinstance(event := server.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data)
        body += event.data
    return head, bytes(body)


def headers_of(data: bytes) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in parse(data)[0].headers}


# -- requests -----------------------------------------------------------------------------------


def test_a_request_is_a_post_of_octets_with_mars_headers():
    data = ask(HttpClientCodec(), body=b"\x00\xffbody")
    head, body = parse(data)
    assert (head.method, head.target, body) == (b"POST", b"/mars/x", b"\x00\xffbody")
    assert headers_of(data) == {
        "host": "im.example",
        "accept": "*/*",
        "user-agent": "Phobos",
        "cache-control": "no-cache",
        "content-type": "application/octet-stream",
        "connection": "keep-alive",
        "content-length": "6",
    }


def test_an_empty_body_is_sent_with_its_length():
    data = ask(HttpClientCodec(), body=b"")
    assert headers_of(data)["content-length"] == "0"
    assert parse(data)[1] == b""


@pytest.mark.parametrize(
    ("host", "port", "tls", "expected"),
    [
        ("im.example", 80, False, "im.example"),
        ("im.example", 443, True, "im.example"),
        ("im.example", 443, False, "im.example:443"),
        ("im.example", 8080, False, "im.example:8080"),
        ("::1", 8080, False, "[::1]:8080"),
        ("::1", 80, False, "[::1]"),
        ("fe80::1%eth0", 80, False, "[fe80::1]"),
    ],
)
def test_host_carries_the_port_that_is_not_the_schemes_own(host, port, tls, expected):
    data = ask(HttpClientCodec(), host=host, port=port, tls=tls)
    assert headers_of(data)["host"] == expected


def test_the_tasks_headers_replace_ours_and_cannot_break_the_framing():
    data = ask(
        HttpClientCodec(),
        body=b"12345",
        headers={
            "user-agent": "Other/1",
            "X-Mars": "yes",
            "Content-Length": "999",
            "Transfer-Encoding": "chunked",
        },
    )
    found = headers_of(data)
    assert found["user-agent"] == "Other/1"
    assert found["x-mars"] == "yes"
    assert found["content-length"] == "5"
    assert "transfer-encoding" not in found


@pytest.mark.parametrize(
    "headers", [{"Bad Name": "x"}, {"X": "a\r\nInjected: 1"}, {"X": "é\x00"}, {"X": "语"}]
)
def test_a_header_that_http_forbids_is_refused(headers):
    with pytest.raises(ConfigError, match="headers of the task"):
        make_request("/x", host="h", port=80, body=b"", headers=headers)


@pytest.mark.parametrize(
    ("cgi", "target"),
    [
        ("/a/b?c=1&d=%20", "/a/b?c=1&d=%20"),
        ("a", "/a"),
        ("/a b", "/a%20b"),
        ("/语", "/%E8%AF%AD"),
        ("/x\r\nHost: evil", "/x%0D%0AHost:%20evil"),
    ],
)
def test_a_cgi_becomes_a_path_that_is_safe_to_send(cgi, target):
    assert make_request(cgi, host="h", port=80, body=b"").head.target == target.encode()


def test_a_forwarding_proxy_is_asked_for_the_whole_url():
    proxy = Proxy("http", "proxy.example", 3128, "me", "secret")
    request = make_request("/x", host="im.example", port=8080, body=b"", forward=proxy)
    assert request.head.target == b"http://im.example:8080/x"
    assert (b"proxy-authorization", b"Basic bWU6c2VjcmV0") in list(request.head.headers)
    assert (b"host", b"im.example:8080") in list(request.head.headers)


# -- answers ------------------------------------------------------------------------------------


def test_a_whole_answer_at_once():
    answer = asked().feed(PLAIN)
    assert answer is not None
    assert (answer.status, answer.reason, answer.body) == (200, "OK", b"hello")
    assert answer.header("content-length") == "5"
    assert answer.header("missing") == ""
    assert answer.keep_alive == 5.0


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
)


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_an_answer_in_pieces_of_any_size(data, size):
    codec = asked()
    answers = [codec.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert [each is not None for each in answers] == [False] * (len(answers) - 1) + [True]
    assert answers[-1].body == b"hello"


def test_a_body_that_ends_with_the_connection_is_an_answer():
    codec = asked()
    assert codec.feed(b"HTTP/1.0 200 OK\r\n\r\nhel") is None
    assert codec.feed(b"lo") is None
    answer = codec.end()
    assert answer is not None
    assert (answer.body, answer.keep_alive) == (b"hello", 0.0)


def test_an_informational_answer_comes_before_the_real_one():
    answer = asked().feed(b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN)
    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirection_names_its_location(status):
    answer = asked().feed(
        b"HTTP/1.1 %d Moved\r\nLocation: https://b.example/x\r\nContent-Length: 0\r\n\r\n" % status
    )
    assert answer is not None
    assert (answer.status, answer.location) == (status, "https://b.example/x")


def test_a_location_without_a_redirection_is_none():
    answer = asked().feed(b"HTTP/1.1 200 OK\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.location == ""


def test_one_request_after_another_on_the_same_connection():
    codec = HttpClientCodec()
    for number in range(3):
        ask(codec, body=b"x" * number)
        answer = codec.feed(PLAIN)
        assert answer is not None
        assert answer.keep_alive == 5.0


@pytest.mark.parametrize(
    ("headers", "keep"),
    [
        (b"", 5.0),
        (b"Connection: keep-alive\r\n", 5.0),
        (b"Connection: close\r\n", 0.0),
        (b"Keep-Alive: timeout=30, max=100\r\n", 30.0),
        (b"Keep-Alive: max=100, timeout=7\r\n", 7.0),
        (b"Keep-Alive: timeout=59\r\n", 59.0),
        (b"Keep-Alive: timeout=60\r\n", 5.0),  # Mars trusts only less than a minute
        (b"Keep-Alive: timeout=0\r\n", 5.0),
        (b"Keep-Alive: timeout=x\r\n", 5.0),
        (b"Keep-Alive: timeout=-3\r\n", 5.0),
        (b"Keep-Alive: timeout=7\x1d\r\n", 7.0),  # a blank to str.strip(), not to float()
        (b"Keep-Alive: timeout=\r\n", 5.0),
    ],
)
def test_how_long_the_connection_may_be_kept(headers, keep):
    answer = asked().feed(b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.keep_alive == keep


def test_an_http_1_0_answer_ends_the_connection():
    answer = asked().feed(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.keep_alive == 0.0


def test_a_request_that_says_close_is_the_last():
    codec = HttpClientCodec()
    ask(codec, keep_alive=False)
    answer = codec.feed(PLAIN)
    assert answer is not None
    assert answer.keep_alive == 0.0
    codec = HttpClientCodec()
    assert headers_of(ask(codec, headers={"Connection": "Close"}))["connection"] == "Close"
    answer = codec.feed(PLAIN)
    assert answer is not None
    assert answer.keep_alive == 0.0


def test_bytes_after_the_answer_end_the_connection():
    answer = asked().feed(PLAIN + b"HTTP/1.1 200 OK\r\n")
    assert answer is not None
    assert (answer.body, answer.keep_alive) == (b"hello", 0.0)


# -- what is no answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"garbage\r\n\r\n", SocketCode.HTTP_PARSE_STATUS_LINE),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", SocketCode.HTTP_PARSE_STATUS_LINE),
        (b"x" * (MAX_HEAD + 1), SocketCode.HTTP_PARSE_STATUS_LINE),
        (b"HTTP/1.1 101 Upgrade\r\n\r\n", SocketCode.HTTP_PARSE_STATUS_LINE),
        (b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", SocketCode.HTTP_SPLIT_HEAD_AND_BODY),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 99 + b"\r\n",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            SocketCode.HTTP_SPLIT_HEAD_AND_BODY,
        ),
    ],
)
def test_what_is_no_answer_says_where_it_went_wrong(data, code):
    with pytest.raises(ResponseError) as caught:
        asked().feed(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "head", [b"Content-Length: 11", b"Transfer-Encoding: chunked", b"Connection: close"]
)
def test_a_body_over_the_limit_is_refused(head):
    codec = asked(max_body=10)
    body = b"b\r\n01234567890\r\n" if b"chunked" in head else b"01234567890"
    with pytest.raises(ResponseError, match="bigger than 10 bytes"):
        codec.feed(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)


def test_a_body_of_the_limit_itself_is_taken():
    answer = asked(max_body=5).feed(PLAIN)
    assert answer is not None


def test_nothing_at_the_end_is_no_answer():
    assert asked().end() is None
    codec = asked()
    codec.feed(b"HTTP/1.1 2")
    assert codec.end() is None


@pytest.mark.parametrize("answer", [PLAIN, b"HTTP/1.1 204 x\r\nConnection: close\r\n\r\n"])
def test_the_end_after_a_whole_answer_is_no_answer_more(answer):
    codec = asked()
    assert codec.feed(answer) is not None
    assert codec.end() is None


def test_an_answer_that_breaks_off_is_wrong():
    codec = asked()
    assert codec.feed(PLAIN[:-1]) is None
    with pytest.raises(ResponseError):
        codec.end()


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=300), cut=st.integers(1, 50))
def test_no_bytes_bring_it_down(data, cut):
    codec = asked()
    try:
        for at in range(0, len(data), cut):
            codec.feed(data[at : at + cut])
        codec.end()
    except ResponseError:
        pass


def test_no_mutation_of_an_answer_brings_it_down():
    rng = random.Random(4)
    whole = 0
    for _ in range(20_000):
        data = bytearray(rng.choice((PLAIN, CHUNKED)))
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(data))
            choice = rng.randrange(3)
            if choice == 0:
                data[at] = rng.randrange(256)
            elif choice == 1:
                del data[at : at + rng.randrange(1, 5)]
            else:
                data[at:at] = rng.randbytes(rng.randrange(1, 5))
            if not data:
                break
        codec = asked(max_body=64)
        try:
            answer: Response | None = None
            for at in range(0, len(data), 16):
                answer = codec.feed(bytes(data[at : at + 16]))
                if answer is not None:
                    break
            answer = answer or codec.end()
        except ResponseError:
            continue
        whole += answer is not None
    assert whole > 5_000
