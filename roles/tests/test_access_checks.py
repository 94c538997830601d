import pytest

from roles.access_checks import check_actions_are_guarded, unguarded_actions


@pytest.mark.urls("roles.tests.sample_urls")
def test_guarded_actions_pass() -> None:
    assert unguarded_actions() == []
    assert check_actions_are_guarded() == []


@pytest.mark.urls("roles.tests.unguarded_urls")
def test_an_action_without_a_rule_is_found_however_deep() -> None:
    assert unguarded_actions() == [("CarelessViewSet", "other")]


@pytest.mark.urls("roles.tests.unguarded_urls")
def test_an_action_without_a_rule_is_a_system_check_error() -> None:
    (error,) = check_actions_are_guarded()

    assert error.id == "roles.E001"
    assert "CarelessViewSet.other" in error.msg


def test_every_action_of_the_service_is_guarded() -> None:
    assert unguarded_actions() == []
