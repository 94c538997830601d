"""An encrypted way to the broker, and a certificate that is checked."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from users_service.publisher import states
from users_service.publisher.tests.rabbit import HOST, PORT, Listener
from users_service.publisher.tests.running import Deliver, announce_some
from users_service.tests.conftest import LogLines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key, and a certificate of 127.0.0.1 that signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "invented broker")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "broker.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def encrypted(broker: Settings, certificate: Path) -> Iterator[Settings]:
    """The broker behind something that ends TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, args=[listener, context], daemon=True).start()
        broker.RABBITMQ_HOST = "127.0.0.1"
        broker.RABBITMQ_PORT = listener.getsockname()[1]
        broker.RABBITMQ_TLS = True
        yield broker
        listener.shutdown(socket.SHUT_RDWR)


def serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            near, _ = listener.accept()
            with suppress(OSError):
                inside = context.wrap_socket(near, server_side=True)
                far = socket.create_connection((HOST, PORT))
                for pair in ((inside, far), (far, inside)):
                    Thread(target=copy, args=pair, daemon=True).start()


def copy(source: socket.socket, drain: socket.socket) -> None:
    with source, drain, suppress(OSError):
        while part := source.recv(65536):
            drain.sendall(part)


def test_messages_get_through_it(
    encrypted: Settings, certificate: Path, listener: Listener, deliver: Deliver
) -> None:
    encrypted.RABBITMQ_TLS_CA = str(certificate)
    announce_some(300, clinicians=60)
    deliver()
    assert len(listener) == 300


def test_a_certificate_that_nobody_vouches_for_is_refused(
    encrypted: Settings, listener: Listener, deliver: Deliver, log_lines: LogLines
) -> None:
    encrypted.RABBITMQ_TLS_CA = ""
    announce_some(1, clinicians=1)
    deliver(log_lines)
    assert len(listener) == 0
    [line] = log_lines()
    assert line["message"] == states.NO_BROKER
    assert line["error"] == "SSLCertVerificationError"
