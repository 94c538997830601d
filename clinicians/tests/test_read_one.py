"""GET of one clinician, by id and by address."""

import pytest

from clinicians.testing import Api, clinician_body, created, json_of
from users_service.journal.models import OutboxMessage

pytestmark = pytest.mark.django_db

ID = "/dhos/v1/clinician/"
EMAIL = "/dhos/v1/clinician?email="


@pytest.mark.parametrize(
    "uuid", ["static_clinician_uuid_A", "A1", "dhos-robot", "a b", "%20", "😀" * 36]
)
def test_ids_are_opaque(uuid: str) -> None:
    created(uuid=uuid)
    path = ID + uuid.replace("%", "%25")
    assert json_of(Api().get(path))["uuid"] == uuid


@pytest.mark.parametrize("uuid", ["a1", "A1 ", "x" * 37, "x" * 5000])
def test_an_unknown_id_is_named(uuid: str) -> None:
    created(uuid="A1")
    response = Api().get(ID + uuid.replace(" ", "%20"))
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json_of(response) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f"No user found with UUID {uuid}",
        "message": f"No user found with UUID {uuid}",
    }


@pytest.mark.parametrize("path", [f"{ID}%00", f"{ID}%ED%A0%80", f"{ID}a%FF"])
def test_an_id_that_is_no_text_is_refused(path: str) -> None:
    response = Api().get(path)
    assert response.status_code == 400
    assert "path" in json_of(response)["errors"]


@pytest.mark.parametrize("name", ["bulk", "login"])
@pytest.mark.parametrize("method", ["delete", "patch"])
def test_paths_that_are_no_ids_have_methods_of_their_own(
    name: str, method: str
) -> None:
    response = getattr(Api(), method)(ID + name)
    assert response.status_code == 405


def test_bulk_is_not_an_id() -> None:
    response = Api().get(f"{ID}bulk")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_product_name_is_accepted_and_ignored() -> None:
    uuid = created()["uuid"]
    assert Api().get(f"{ID}{uuid}?product_name=none").status_code == 200


@pytest.mark.parametrize(
    ("expiry", "query", "status"),
    [
        (None, "temp_only=true", 403),
        (None, "temp_only=TRUE", 403),
        (None, "temp_only=false", 200),
        (None, "temp_only=true&temp_only=false", 200),
        ("2001-01-01", "temp_only=true", 200),
        ("2001-01-01", "temp_only=True", 200),
        ("2001-01-01", "temp_only=False", 200),
        (None, "temp_only=1", 400),
        (None, "temp_only=", 400),
        (None, "temp_only=false&temp_only=no", 400),
        (None, "unknown=true", 400),
        (None, "q=", 400),
    ],
)
def test_temp_only(expiry: str | None, query: str, status: int) -> None:
    uuid = created(contract_expiry_eod_date=expiry)["uuid"]
    assert Api().get(f"{ID}{uuid}?{query}").status_code == status


def test_temp_only_does_not_tell_why() -> None:
    uuid = created()["uuid"]
    response = Api().get(f"{ID}{uuid}?temp_only=true")
    assert json_of(response)["message"] == "Forbidden"


def test_temp_only_of_an_unknown_id_is_404() -> None:
    assert Api().get(f"{ID}nobody?temp_only=true").status_code == 404


def test_an_unknown_parameter_is_named() -> None:
    response = Api().get(f"{ID}x?expand=true&temp_only=maybe")
    assert response.status_code == 400
    assert json_of(response)["errors"] == {"expand": ["Unknown query parameter."]}


@pytest.mark.parametrize(
    "address", ["ada@example.org", "ADA@Example.org", "%20Ada@example.org%20"]
)
def test_address_is_normalised(address: str) -> None:
    uuid = created(email_address="Ada@EXAMPLE.org")["uuid"]
    assert json_of(Api().get(EMAIL + address))["uuid"] == uuid


def test_the_last_address_counts() -> None:
    uuid = created(email_address="ada@example.org")["uuid"]
    response = Api().get(f"{EMAIL}nobody@example.org&email=ada@example.org")
    assert json_of(response)["uuid"] == uuid


def test_an_unknown_address_is_named() -> None:
    response = Api().get(f"{EMAIL}Nobody@example.org")
    assert response.status_code == 404
    message = json_of(response)["message"]
    assert message == "No user found with address Nobody@example.org"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@example", "@example.org", "a@b@c.org", "a@.", "@.", "a@"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    response = Api().get(EMAIL + address)
    assert response.status_code == 400
    assert json_of(response)["message"] == f"Email {address} is not valid"


@pytest.mark.parametrize("address", ["a@b.c", "a b@c d.e f", "a..@-.-", "ä@ö.ü"])
def test_nothing_more_is_asked_of_an_address(address: str) -> None:
    assert Api().get(EMAIL + address.replace(" ", "%20")).status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?email", "?mail=a@b.c", f"?email={'a' * 1000}@b.c"]
)
def test_address_is_missing_or_too_long(query: str) -> None:
    assert Api().get(f"/dhos/v1/clinician{query}").status_code == 400


@pytest.mark.parametrize("query", ["email=a%00@b.c", "email=%ED%A0%80@b.c", "x%00=1"])
def test_a_query_that_is_no_text_is_refused(query: str) -> None:
    assert Api().get(f"/dhos/v1/clinician?{query}").status_code == 400


def test_a_read_ignores_a_body() -> None:
    uuid = created()["uuid"]
    response = Api().client.generic(
        "GET", ID + uuid, "not JSON", "text/plain", headers=Api().headers
    )
    assert response.status_code == 200


def test_a_read_announces_nothing() -> None:
    uuid = created()["uuid"]
    before = OutboxMessage.objects.count()
    Api().get(ID + uuid)
    assert OutboxMessage.objects.count() == before


@pytest.mark.parametrize(
    "path", [f"{ID}x/", "/dhos/v1/clinicians/", "/dhos/v1//clinicians"]
)
def test_slashes_count(path: str) -> None:
    assert Api().get(path).status_code == 404


def test_head_is_get_without_a_body() -> None:
    uuid = created()["uuid"]
    got, head = Api().get(ID + uuid), Api().head(ID + uuid)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers[name] == got.headers[name]
    assert got.headers["Cache-Control"] == "no-cache, must-revalidate"


def test_own_clinician_is_read_with_the_lesser_scope() -> None:
    uuid = created()["uuid"]
    for scope in ("read:gdm_clinician", "read:send_clinician"):
        assert Api(scope, clinician_id=uuid).get(ID + uuid).status_code == 200
        assert Api(scope, clinician_id="other").get(ID + uuid).status_code == 403


def test_sent_back_as_read_changes_nothing() -> None:
    body = created(**clinician_body(groups=["SEND Clinician"]))
    path = f"{ID}{body['uuid']}"
    assert json_of(Api().patch(path, body)) == body
    assert json_of(Api().get(path)) == body
