"""The sandbox's calls over real HTTP on loopback."""

import pytest

from tests.support.factories import account_body
from tests.support.sandbox_client import PATH, client_of, created_id


class TestRoutes:
    def test_create(self, server, client):
        before = len(server.store)
        response = client.post(PATH, json=account_body())
        record = server.store.records()[-1]
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert response.json() == {
            "Status": 200,
            "Message": "EmailAccount was successfully created.",
            "Value": {"Id": record["Id"]},
            "OpenInDialog": False,
            "OpenInWindow": False,
            "RedirectURL": None,
            "JavaScript": None,
            "UpdatedOn": record["UpdatedOn"],
            "UpdatedBy": "admin@example.com",
            "Errors": None,
            "WasSuccessful": True,
        }
        assert len(server.store) == before + 1
        assert server.calls == {f"POST {PATH}": 1}

    def test_the_same_account_twice_is_there_twice(self, client):
        assert created_id(client) != created_id(client)

    def test_read(self, client):
        record_id = created_id(client, DisplayName="Ünïcode ✉", Active=True)
        record = client.get(f"{PATH}/{record_id}").json()
        assert record["Id"] == record_id
        assert (record["DisplayName"], record["Active"], record["ReplyToEmail"]) == ("Ünïcode ✉", True, None)
        assert len(record) == 22 + 7

    def test_list(self, client):
        ids = [created_id(client, BusinessId=77, EmailAddress=f"{n}@list.example.com") for n in range(3)]
        query = {"EmailAccount_Business": 77, "size": 2, "orderBy": "EmailAddress", "dir": -1}
        first, second = (client.get(PATH, params=query | {"page": page}).json() for page in (1, 2))
        assert [record["Id"] for record in first["Records"] + second["Records"]] == ids[::-1]
        assert (first["TotalItems"], first["TotalPages"], first["HasNextPage"], second["HasNextPage"]) == (
            3,
            2,
            True,
            False,
        )
        assert (
            not {"IncomingServer", "IncomingServerPort", "ReplyToEmail", "LastCheckTime"} & first["Records"][0].keys()
        )

    def test_list_with_an_unreadable_parameter(self, client):
        response = client.get(PATH, params={"page": "x"})
        assert response.status_code == 400
        assert response.json()["Message"] == "page: is not an integer"

    def test_update_clears_what_is_left_out(self, server, client):
        record_id = created_id(client, ReplyToEmail="x@example.com")
        response = client.put(PATH, json=account_body(Id=record_id, DisplayName="Help"))
        assert response.json()["Message"] == "EmailAccount was successfully updated."
        assert response.json()["Value"] == {"Id": record_id}
        record = server.store.read(record_id)
        assert (record["DisplayName"], record["ReplyToEmail"]) == ("Help", None)

    def test_update_without_its_required_fields(self, client):
        response = client.put(PATH, json=account_body(DisplayName=None))
        assert response.status_code == 400
        assert response.json()["Message"] == "Id: is a required field; DisplayName: is a required field"

    def test_delete(self, server, client):
        record_id = created_id(client)
        response = client.delete(f"{PATH}/{record_id}")
        assert (response.status_code, response.json()["WasSuccessful"]) == (200, True)
        assert server.store.read(record_id) is None
        assert client.delete(f"{PATH}/{record_id}").status_code == 404

    def test_unknown_ids(self, server, client):
        answers = [
            client.get(f"{PATH}/5"),
            client.get(f"{PATH}/none"),
            client.delete(f"{PATH}/" + "9" * 5000),
            client.put(PATH, json=account_body(Id=5)),
        ]
        assert [response.status_code for response in answers] == [404] * 4
        assert {response.json()["Message"] for response in answers} == {"Id: was not found"}
        assert server.calls == {f"GET {PATH}/{{id}}": 2, f"DELETE {PATH}/{{id}}": 1, f"PUT {PATH}": 1}

    @pytest.mark.parametrize("method", ["PATCH", "HEAD"])
    def test_other_methods(self, client, method):
        assert client.request(method, PATH).status_code == 405

    def test_refusal_is_the_documented_envelope(self, server, client):
        before = len(server.store)
        response = client.post(PATH, json=account_body(DisplayName=None))
        assert response.status_code == 400
        assert response.json() == {
            "Message": "DisplayName: is a required field",
            "Value": None,
            "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "DisplayName"}],
            "WasSuccessful": False,
        }
        assert len(server.store) == before

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"BusinessId": NaN}', b'{"BusinessId": 1e999}', b"[]", b"null"]
    )
    def test_malformed_bodies(self, client, body):
        response = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400
        assert response.json()["Errors"] == [
            {"AttemptedValue": None, "Message": "is not a JSON object", "PropertyName": "EmailAccount"}
        ]

    @pytest.mark.parametrize("accept", ["*/*", "text/html"])
    def test_html_to_a_client_that_does_not_ask_for_json(self, server, accept):
        before = len(server.store)
        with client_of(server, Accept=accept) as client:
            response = client.post(PATH, json=account_body())
        assert response.headers["Content-Type"].startswith("text/html")
        assert "&quot;WasSuccessful&quot;" in response.text
        assert len(server.store) == before + 1

    def test_date_is_sent(self, client):
        assert client.get(PATH).headers["Date"].endswith("GMT")
