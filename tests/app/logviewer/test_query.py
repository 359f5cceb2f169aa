import pytest

from app.logviewer.query import ALL_LEVELS, Pattern, PatternError, Query
from app.logviewer.store import FINDING

QUERY = Query(
    levels=frozenset({3, 4, 7}),
    tags=frozenset({"net"}),
    hide_threads=frozenset({"1, 2*"}),
    since=5,
    patterns=(Pattern("a", exclude=True), Pattern("b.*", regex=True, case=True, enabled=False)),
)


def test_a_query_survives_json() -> None:
    assert Query.from_json(QUERY.to_json()) == QUERY


def test_an_empty_query_is_an_empty_object() -> None:
    assert Query().to_json() == {}
    assert Query().is_empty and not QUERY.is_empty


@pytest.mark.parametrize(
    "data", [None, 5, [], {"levels": 3}, {"patterns": [1, {"text": 2}]}, {"since": "x", "tags": 1}]
)
def test_whatever_is_no_good_is_passed_over(data) -> None:
    assert Query.from_json(data).is_empty


def test_a_pattern_that_is_switched_off_or_empty_does_not_count() -> None:
    assert Query(patterns=(Pattern(""), Pattern("x", enabled=False))).is_empty


def test_a_broken_expression_is_told() -> None:
    with pytest.raises(PatternError):
        Pattern("(", regex=True).compiled()


def test_a_level_and_above_keeps_damage_in_sight() -> None:
    assert Query().with_level_from(4).levels == {4, 5, FINDING}
    assert Query().levels == ALL_LEVELS
