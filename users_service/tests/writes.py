"""The routes that take a body, for tests of what they refuse."""

from typing import Any, NamedTuple

from clinicians.testing import Api, clinician_body, json_of

ADDRESS = "ada.invented@mail.example"


class Write(NamedTuple):
    """A route that takes a body, with a good one."""

    method: str
    path: str
    body: Any

    def send(self, body: Any, **headers: str) -> Any:
        send = Api().post if self.method == "POST" else Api().patch
        return send(self.path, body, **headers)


WRITES = {
    "create": Write("POST", "/dhos/v1/clinician", clinician_body()),
    "password": Write(
        "PATCH", f"/dhos/v1/clinician?email={ADDRESS}", {"password": "new"}
    ),
    "update": Write("PATCH", "/dhos/v1/clinician/A1", {"job_title": "nurse"}),
    "remove": Write("PATCH", "/dhos/v1/clinician/A1/delete", {"locations": ["L1"]}),
    "agreement": Write(
        "POST",
        "/dhos/v1/clinician/A1/terms_agreement",
        {"product_name": "GDM", "version": 1},
    ),
    "bulk": Write("POST", "/dhos/v1/clinician/bulk", [clinician_body(uuid="B1")]),
}
OBJECTS = sorted(set(WRITES) - {"bulk"})


def refused(response: Any, status: int = 400) -> dict[str, Any]:
    """Check that an answer is an error that says something; return its body."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json_of(response)
    assert body["status"] == status
    assert body["message"] == body["detail"] != ""
    return body
