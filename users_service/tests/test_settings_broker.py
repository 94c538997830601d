"""How the variables of RabbitMQ become settings."""

import pytest

from users_service.tests.starting import refusal, settings


def test_without_a_broker_messages_stay_stored() -> None:
    values = settings(ENVIRONMENT="TEST")
    assert values["EVENTS_ENABLED"] is False
    assert values["EVENTS_KEEP_DAYS"] == 7


def test_the_broker_is_set_by_its_variables() -> None:
    values = settings(ENVIRONMENT="TEST", RABBITMQ_HOST="mq")
    assert values["EVENTS_ENABLED"] is True
    assert values["RABBITMQ_PORT"] == 5672
    assert values["RABBITMQ_VHOST"] == "/"
    assert values["RABBITMQ_COMPRESSION"] == "bzip2"
    given = {
        "RABBITMQ_USERNAME": "u",
        "RABBITMQ_PASSWORD": "p#?",
        "RABBITMQ_VHOST": "v",
        "RABBITMQ_COMPRESSION": "gzip",
        "RABBITMQ_TLS_CA": "/ca.pem",
    }
    values = settings(
        ENVIRONMENT="TEST", RABBITMQ_HOST="mq", RABBITMQ_TLS="true", **given
    )
    assert {name: values[name] for name in given} == given
    assert values["RABBITMQ_PORT"] == 5671


@pytest.mark.parametrize(("disabled", "enabled"), [("true", False), ("0", True)])
def test_delivery_can_be_switched_off(disabled: str, *, enabled: bool) -> None:
    values = settings(
        ENVIRONMENT="TEST", RABBITMQ_HOST="mq", RABBITMQ_DISABLED=disabled
    )
    assert values["EVENTS_ENABLED"] is enabled


def test_an_empty_compression_is_none() -> None:
    values = settings(ENVIRONMENT="TEST", RABBITMQ_COMPRESSION="")
    assert values["RABBITMQ_COMPRESSION"] == ""


def test_an_unknown_compression_stops_the_start() -> None:
    message = refusal(ENVIRONMENT="TEST", RABBITMQ_COMPRESSION="squeeze")
    assert message == (
        "RABBITMQ_COMPRESSION is neither empty nor one of bzip2, gzip, lzma. "
        "Write for example: RABBITMQ_COMPRESSION=bzip2"
    )
