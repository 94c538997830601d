"""What every API route checks before its action runs, and in which order."""

from typing import Any

import pytest
from django.test import Client

from roles.testing import bearer, token_for

pytestmark = pytest.mark.urls("roles.tests.sample_urls")

READ = "read:gdm_clinician_all"
PATH = "/sample/A1"


def get(
    client: Client, url: str = PATH, token: str | None = None, **environ: Any
) -> Any:
    """Ask with a good token, unless `token` or `environ` says otherwise."""
    token = token or token_for(READ, clinician_id="A1")
    return client.get(url, **{**bearer(token), **environ})


class TestToken:
    def test_the_caller_is_who_the_token_says(self, client: Client) -> None:
        answer = get(client)

        assert answer.status_code == 200
        assert answer.json() == {"caller": "A1", "id": "A1", "flag": False}

    def test_no_token_is_401(self, client: Client) -> None:
        answer = client.get(PATH)

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "scheme",
        ["bearer {}", "BEARER {}", "Basic {}", "{}", "Bearer\t{}", " Bearer {}"],
    )
    def test_another_scheme_is_401(self, client: Client, scheme: str) -> None:
        answer = get(client, HTTP_AUTHORIZATION=scheme.format(token_for(READ)))

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("header", ["Bearer", ""])
    def test_a_scheme_without_the_space_is_401(
        self, client: Client, header: str
    ) -> None:
        assert get(client, HTTP_AUTHORIZATION=header).status_code == 401

    @pytest.mark.parametrize(
        "header", ["Bearer ", "Bearer x", "Bearer  {}", "Bearer {} ", "Bearer {} x"]
    )
    def test_what_is_no_token_is_403(self, client: Client, header: str) -> None:
        answer = get(client, HTTP_AUTHORIZATION=header.format(token_for(READ)))

        assert answer.status_code == 403
        assert answer.json()["message"] == "Forbidden"

    def test_the_token_is_in_the_header_only(self, client: Client) -> None:
        answer = client.get(PATH, {"access_token": token_for(READ)})

        assert answer.status_code == 401


class TestAccess:
    def test_a_missing_scope_is_403(self, client: Client) -> None:
        answer = get(client, token=token_for("write:gdm_clinician_all"))

        assert answer.status_code == 403
        assert answer.json()["message"] == "Forbidden"

    @pytest.mark.parametrize(("path_id", "status"), [("A1", 200), ("B2", 403)])
    def test_own_is_the_clinician_of_the_path(
        self, client: Client, path_id: str, status: int
    ) -> None:
        token = token_for("read:gdm_clinician", clinician_id="A1")

        assert get(client, f"/sample/{path_id}", token).status_code == status

    def test_each_action_has_its_own_rule(self, client: Client) -> None:
        answer = client.post(PATH, **bearer(token_for(READ)))

        assert answer.status_code == 403


class TestOrder:
    def test_an_unknown_route_needs_no_token(self, client: Client) -> None:
        assert client.get("/nowhere").status_code == 404

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
    def test_the_method_comes_before_the_token(
        self, client: Client, method: str
    ) -> None:
        answer = client.generic(method, f"{PATH}?unknown=1")

        assert answer.status_code == 405
        assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_the_token_comes_before_path_and_query(self, client: Client) -> None:
        assert client.get("/sample/%00?unknown=1").status_code == 401

    def test_access_comes_before_path_and_query(self, client: Client) -> None:
        answer = get(client, "/sample/%00?unknown=1", token_for("other"))

        assert answer.status_code == 403

    def test_the_query_comes_before_the_body(self, client: Client) -> None:
        answer = client.post(
            f"{PATH}?unknown=1",
            b"{",
            content_type="application/json",
            **bearer(token_for("write:gdm_clinician_all")),
        )

        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"unknown"}

    def test_a_route_that_takes_a_body_reads_it_last(self, client: Client) -> None:
        answer = client.post(
            PATH,
            {"a": 1},
            content_type="application/json",
            **bearer(token_for("write:gdm_clinician_all")),
        )

        assert answer.json() == {"given": {"a": 1}}


class TestMethods:
    def test_options_is_empty_and_open_to_anyone(self, client: Client) -> None:
        answer = client.options(f"{PATH}?unknown=1", **bearer("x"))

        assert answer.status_code == 200
        assert answer.content == b""
        assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_allow_has_head_only_where_get_is(self, client: Client) -> None:
        assert client.options("/dhos/v1/roles")["Allow"] == "GET, HEAD, OPTIONS"

    def test_head_is_checked_like_get(self, client: Client) -> None:
        assert client.head(PATH).status_code == 401
        answer = client.head(PATH, **bearer(token_for(READ)))
        assert answer.status_code == 200
        assert answer.content == b""

    @pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "x"])
    def test_the_answer_is_json_whatever_is_accepted(
        self, client: Client, accept: str
    ) -> None:
        answer = get(client, HTTP_ACCEPT=accept)

        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"


NO_TEXT = ["%00", "a%00b", "%FF", "%C3", "%ED%A0%80", "%C0%80"]


class TestEncoding:
    @pytest.mark.parametrize("part", NO_TEXT)
    def test_a_path_that_is_no_text_is_refused(self, client: Client, part: str) -> None:
        answer = get(client, f"/sample/{part}")

        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"path"}

    @pytest.mark.parametrize("part", NO_TEXT)
    def test_a_query_that_is_no_text_is_refused(
        self, client: Client, part: str
    ) -> None:
        answer = get(client, f"{PATH}?names={part}")

        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"query"}

    @pytest.mark.parametrize("name", ["RAW_URI", "QUERY_STRING"])
    def test_raw_bytes_that_are_no_text_are_refused(
        self, client: Client, name: str
    ) -> None:
        assert get(client, **{name: "names=\xff"}).status_code == 400

    def test_the_raw_path_tells_a_broken_byte_from_an_id_that_reads_like_it(
        self, client: Client
    ) -> None:
        broken = get(client, "/sample/%FF", RAW_URI="/sample/%FF")
        read = get(client, "/sample/%25FF", RAW_URI="/sample/%25FF?")

        assert broken.status_code == 400
        assert read.json()["id"] == "%FF"

    def test_unicode_is_welcome(self, client: Client) -> None:
        answer = get(client, "/sample/%C3%A9?names=%F0%9F%98%80+x")

        assert answer.json()["id"] == "é"
        assert answer.json()["names"] == "😀 x"


class TestQuery:
    @pytest.mark.parametrize("name", ["unknown", "Flag", "format", "clinician_id", ""])
    def test_an_unknown_parameter_is_named(self, client: Client, name: str) -> None:
        answer = get(client, f"{PATH}?flag=true&{name}=x")

        assert answer.status_code == 400
        assert answer.json()["errors"] == {name: ["Unknown query parameter."]}
        assert name in answer.json()["message"]

    def test_all_unknown_parameters_are_named(self, client: Client) -> None:
        answer = get(client, f"{PATH}?b&a=1")

        assert set(answer.json()["errors"]) == {"a", "b"}

    def test_an_action_without_a_shape_takes_none(self, client: Client) -> None:
        answer = client.post(
            f"{PATH}?flag=true", **bearer(token_for("write:gdm_clinician_all"))
        )

        assert answer.status_code == 400

    @pytest.mark.parametrize("query", ["", "?", "?&", "?&&"])
    def test_no_parameter_is_no_parameter(self, client: Client, query: str) -> None:
        assert get(client, f"{PATH}{query}").status_code == 200

    @pytest.mark.parametrize("text", ["true", "TRUE", "tRuE"])
    def test_true_in_any_letter_case(self, client: Client, text: str) -> None:
        assert get(client, f"{PATH}?flag={text}").json()["flag"] is True

    @pytest.mark.parametrize("text", ["false", "False"])
    def test_false_in_any_letter_case(self, client: Client, text: str) -> None:
        assert get(client, f"{PATH}?flag={text}").json()["flag"] is False

    @pytest.mark.parametrize("text", ["", "1", "0", "yes", "+true", "null", "t"])
    def test_no_other_boolean(self, client: Client, text: str) -> None:
        answer = get(client, f"{PATH}?flag={text}")

        assert answer.status_code == 400
        assert answer.json()["errors"] == {"flag": ["Must be true or false."]}

    @pytest.mark.parametrize(
        ("text", "number"), [("0", 0), ("007", 7), ("2147483647", 2147483647)]
    )
    def test_an_integer(self, client: Client, text: str, number: int) -> None:
        assert get(client, f"{PATH}?count={text}").json()["count"] == number

    @pytest.mark.parametrize(
        "text",
        ["", "-1", "%2B1", "+1", "1.0", "1e3", "x", "2147483648", "9" * 5000, "%D9%A3"],
    )
    def test_no_other_integer(self, client: Client, text: str) -> None:
        answer = get(client, f"{PATH}?count={text}")

        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"count"}

    def test_of_a_repeated_parameter_the_last_counts(self, client: Client) -> None:
        assert get(client, f"{PATH}?count=x&count=2").json()["count"] == 2

    def test_repeated_lists_join(self, client: Client) -> None:
        answer = get(client, f"{PATH}?names=a,b&names=&names=c")

        assert answer.json()["names"] == "a,b,,c"

    def test_thousands_of_parameters_are_refused(self, client: Client) -> None:
        answer = get(client, f"{PATH}?{'count=1&' * 2000}")

        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == {"query"}
