"""A plain client of the sandbox over real HTTP: what another program would send."""

from typing import Any

import httpx

from pipeline.sandbox.server import SandboxServer
from tests.support.factories import account_body

PATH = "/api/crm/emailaccounts"
DEAD = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


def client_of(server: SandboxServer, token: str = "sandbox-token", **headers: str) -> httpx.Client:
    """A client with a token."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"} | headers
    return httpx.Client(base_url=server.base_url, headers=headers, trust_env=False)


def created_id(client: httpx.Client, **updater: Any) -> int:
    """Creates a record; its Id."""
    found: int = client.post(PATH, json=account_body(**updater)).json()["Value"]["Id"]
    return found


def sign_in(server: SandboxServer, data: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    """Asks for a token, as the default user unless told otherwise."""
    data = data or {"grant_type": "password", "username": "admin@example.com", "password": "sandbox"}
    return httpx.post(f"{server.base_url}/api/token", data=data, trust_env=False, **more)


def refresh(server: SandboxServer, token: str, client_id: str = "admin@example.com") -> httpx.Response:
    """Asks for a new token in exchange for a refresh token."""
    data = {"grant_type": "refresh_token", "refresh_token": token}
    return sign_in(server, data, headers={"client_id": client_id})
