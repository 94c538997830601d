from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from users_service.api.validation import flat_errors

CASES = [
    ({"first_name": ["Needed."]}, {"first_name": ["Needed."]}),
    (
        {"products": [{}, {"opened_date": ["Bad.", "Late."]}]},
        {"products.1.opened_date": ["Bad.", "Late."]},
    ),
    ([{}, {"email_address": ["Bad."]}], {"1.email_address": ["Bad."]}),
    ({"locations": {3: ["Not a string."]}}, {"locations.3": ["Not a string."]}),
    ({"non_field_errors": ["An object."]}, {"body": ["An object."]}),
    (
        {"products": {"non_field_errors": ["A list."]}},
        {"products": ["A list."]},
    ),
    (
        {"products": [{"non_field_errors": ["An object."]}]},
        {"products.0": ["An object."]},
    ),
    (["A list.", "Of ids."], {"body": ["A list.", "Of ids."]}),
    ([["Bad."], []], {"0": ["Bad."]}),
]


@pytest.mark.parametrize(("detail", "errors"), CASES)
def test_nested_details_become_one_flat_map(
    detail: Any, errors: dict[str, list[str]]
) -> None:
    assert flat_errors(ValidationError(detail).detail) == errors
