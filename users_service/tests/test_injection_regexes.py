"""No text keeps a regular expression busy, whichever one the product has."""

import re
from collections.abc import Callable

import pytest

from users_service.tests.expressions import (
    LENGTHS,
    MOST_SECONDS,
    Expression,
    expressions,
    hostile_texts,
    of_the_code,
    slowest,
)

EXPRESSIONS = expressions()


@pytest.mark.parametrize("each", EXPRESSIONS, ids=str)
def test_no_text_keeps_an_expression_busy(each: Expression) -> None:
    seconds, text = slowest(each)

    assert seconds <= MOST_SECONDS, text


def test_all_of_them_together(record_property: Callable[[str, object], None]) -> None:
    texts = sum(len(hostile_texts(each.pattern)) for each in EXPRESSIONS)

    assert {each.place.rpartition(":")[0] for each in of_the_code()} >= {
        "clinicians/hashers.py",
        "clinicians/serializers/history.py",
        "users_service/audit_trail.py",
        "users_service/api/addresses.py",
        "users_service/wsgi.py",
    }
    record_property(
        "figure",
        f"{len(EXPRESSIONS)} expressions, {texts:,} texts of up to {LENGTHS[-1]:,} "
        "characters",
    )


@pytest.mark.parametrize(
    ("bad", "method"),
    [
        (r"(a+)+\Z", "match"),
        (r"(?:a|a)*", "fullmatch"),
        (r"(\w+\d?)*!", "match"),
        (r"lead:\s*([0-9]+,?)+;", "match"),
        (r"[^@]+@[^@]+\.[^@]+", "fullmatch"),
        (r"=.*;.*\Z", "match"),
        (r"a+\Z", "search"),
    ],
)
def test_one_that_takes_too_long_would_be_found(bad: str, method: str) -> None:
    seconds, _ = slowest(Expression("here", re.compile(bad), (method,)))

    assert seconds > MOST_SECONDS
