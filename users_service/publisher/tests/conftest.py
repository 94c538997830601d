"""Fixtures for the tests of the publisher."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from users_service.publisher.tests.proxy import Proxy
from users_service.publisher.tests.rabbit import (
    HOST,
    PASSWORD,
    PORT,
    USERNAME,
    Listener,
    VirtualHosts,
    listening,
    require_broker,
)
from users_service.publisher.tests.running import Deliver, deliver_until
from users_service.tests.conftest import log_lines, log_text

__all__ = ["log_lines", "log_text"]


@pytest.fixture(scope="session")
def virtual_hosts() -> Iterator[VirtualHosts]:
    """Where virtual hosts come from; they go at the end."""
    require_broker()
    hosts = VirtualHosts()
    yield hosts
    hosts.delete_all()


@pytest.fixture
def broker(virtual_hosts: VirtualHosts, settings: Settings) -> Settings:
    """An empty broker, which the settings lead to."""
    settings.RABBITMQ_HOST = HOST
    settings.RABBITMQ_PORT = PORT
    settings.RABBITMQ_USERNAME = USERNAME
    settings.RABBITMQ_PASSWORD = PASSWORD
    settings.RABBITMQ_VHOST = virtual_hosts.take()
    settings.EVENTS_ENABLED = True
    return settings


@pytest.fixture
def listener(broker: Settings) -> Iterator[Listener]:
    """A queue that takes everything."""
    with listening() as found:
        yield found


@pytest.fixture
def proxy(broker: Settings) -> Iterator[Proxy]:
    """The publisher's way to the broker, which a test can disturb."""
    with Proxy((HOST, PORT)) as way:
        broker.RABBITMQ_HOST = "127.0.0.1"
        broker.RABBITMQ_PORT = way.port
        yield way


@pytest.fixture
def deliver(transactional_db: None, tmp_path: Path) -> Deliver:
    """Run a publisher until a condition holds; without one, until nothing waits."""
    return lambda until=None: deliver_until(until, tmp_path / "lock")
