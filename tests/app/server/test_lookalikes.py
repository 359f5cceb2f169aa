"""Names that a person cannot tell apart."""

from __future__ import annotations

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server.accounts import Accounts
from app.server.lookalikes import skeleton, skeletons
from tests.app.server.clients import PASSWORD


def look_the_same(one: str, other: str) -> bool:
    return any(a == b for a, b in zip(skeletons(one), skeletons(other), strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "Аdа"),  # Cyrillic
        ("paypal", "paypaI"),
        ("paypal", "pаypаl"),
        ("Bern", "Bem"),
        ("O0l1", "0OIl"),
        ("ΑDΑ", "ada"),  # Greek capitals, whatever the case
        ("王小明", "王⼩明"),  # a radical
        ("Ada", "𝐀𝐝𝐚"),
        ("Ada", "Ada\u200b"),
        ("Ada", "A\u034fda\ufe0f"),
        ("Zoë", "Zoe\u0308"),
    ],
)
def test_names_that_look_the_same(one, other) -> None:
    assert look_the_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada", "Ida"), ("Lan", "Ian"), ("Zoë", "Zoe"), ("王小明", "王小月"), ("user1", "user2"),
     ("Ada", "Ada 2"), ("Анна", "Anna"), ("🚀", "🚁")],
)  # fmt: skip
def test_names_that_do_not(one, other) -> None:
    assert not look_the_same(one, other)


@pytest.mark.parametrize("text", ["", "ﷺ" * 4, "m" * 64, "\U0010ffff", "\x00", "ǆ"])
def test_a_skeleton_has_one(text) -> None:
    made = skeleton(text)
    assert skeleton(made) == made and len(made) <= 24 * len(text)


def test_a_name_that_looks_taken_is_refused_and_says_so(world) -> None:
    world.sign_up("Ada")
    for number, (name, code) in enumerate(
        [("Аdа", pb.NAME_LOOKS_TAKEN), ("ADA", pb.NAME_TAKEN), ("Adam", pb.OK),
         ("Adarn", pb.NAME_LOOKS_TAKEN), ("Alan", pb.OK)]
    ):  # fmt: skip
        request = pb.Credentials(name=name, password=PASSWORD)
        answer, _ = world.ask(world.peer(f"192.0.2.{number}"), Command.SIGN_UP, request)
        assert answer.code == code, name
    assert world.log_in(world.peer(), name="Ada").code == pb.OK


def test_accounts_older_than_the_table_of_looks_are_known(world) -> None:
    world.sign_up("Ada")
    world.database.execute("DELETE FROM looks")
    assert Accounts(world.database).looks_taken(skeletons("Аdа"))
