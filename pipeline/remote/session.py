"""The token of the moment: had from its source, renewed once for all who ask; which ones were ever accepted.

Source: developers.nexudus.com, authentication (401 for an expired token and for a missing role alike).
May import `remote`'s token sources and `errors`. Must know nothing of the calls that carry the token.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from pipeline.errors import Code, SignInError
from pipeline.events import Event, tell
from pipeline.remote.token_endpoint import TokenEndpoint
from pipeline.remote.token_sources import token_source

if TYPE_CHECKING:
    from pipeline.remote.credentials import Credentials
    from pipeline.remote.sign_ins import SignIns
    from pipeline.remote.transports.seam import Transport

_log = logging.getLogger(__name__)

_MOST_REFUSED = 5
"""So many tokens, one after the other, that a role's calls are refused with: then the role is missing."""


class Session:
    """The token of the moment, shared by all calls of a run.

    Args:
        credentials: Who we are, as the environment says it.
        base_url: The target's; tokens are asked for at `/api/token` below it.
        transport: To ask for tokens through.
        sign_ins: What `login` kept, for where the environment says nothing.

    Raises:
        SignInError: Neither says anything.
    """

    def __init__(
        self,
        credentials: Credentials,
        base_url: str,
        transport: Transport,
        sign_ins: SignIns | None = None,
    ) -> None:
        self._source = token_source(credentials, TokenEndpoint(base_url=base_url, transport=transport), sign_ins)
        self._token = ""
        self._lock = asyncio.Lock()
        self._secrets = set(self._source.secrets)
        self._accepted: set[str] = set()
        self._known_roles: set[str] = set()
        self._renewed: set[str] = set()
        self._refused: defaultdict[str, set[str]] = defaultdict(set)
        self._missing_roles: set[str] = set()
        self._given_up: set[str] = set()

    @property
    def token(self) -> str:
        """The token that calls carry now."""
        return self._token

    @property
    def scheme(self) -> str:
        """What stands before the token in the `Authorization` header."""
        return self._source.scheme

    @property
    def user(self) -> str:
        """What to call the signed-in user in messages."""
        return self._source.user or "the owner of the token"

    @property
    def secrets(self) -> frozenset[str]:
        """Every token that was used, and what tokens are had with: none of it may be written down."""
        return frozenset(self._secrets)

    def may_be_token(self, role: str) -> bool:
        """Whether a call that was refused for good may well be so for its token rather than for the user's role.

        It may where no call was ever let in, and where calls of that very role were: a role is seldom taken away
        meanwhile, and a token that cannot be renewed ends by itself.

        Args:
            role: The role that the call needs.
        """
        return self.was_granted(role) or not (self._accepted or role in self._missing_roles)

    def was_granted(self, role: str) -> bool:
        """Whether calls of a role were let in before, as far as nothing tells that it was taken away."""
        return role in self._known_roles and role not in self._missing_roles

    async def open(self) -> None:
        """Gets a first token.

        Raises:
            SignInError: The credentials are refused.
            TargetUnavailable: The target does not answer.
        """
        self._use(await self._source.first())

    def accept(self, token: str, role: str) -> None:
        """Notes that a call was let in.

        Args:
            token: The token that it carried.
            role: The role that it needs.
        """
        self._accepted.add(token)
        self._given_up.discard(token)
        self._known_roles.add(role)
        self._refused.pop(role, None)

    async def renew(self, stale: str, role: str) -> bool:
        """Gets a new token in place of one that was refused; however many calls ask, it is fetched once.

        The API answers alike whether a token has expired or the user lacks the role of the call. It is the role where
        a token that was renewed just now, and never accepted, is refused; or one token after the other.

        Args:
            stale: The token that was refused.
            role: The role that the refused call needs.

        Returns:
            Whether the call should be made again; `False` where the role is missing, or no new token can be had.

        Raises:
            SignInError: There is a new token now, and there was none for calls that went without an answer for that:
                what they would have found must not be taken for nothing.
        """
        async with self._lock:
            self._refused[role].add(stale)
            is_missing = stale in self._renewed - self._accepted or len(self._refused[role]) > _MOST_REFUSED
            if is_missing or role in self._missing_roles:
                self._missing_roles.add(role)
                return False
            return self._token != stale or await self._has_new_token(stale)

    async def _has_new_token(self, stale: str) -> bool:
        found = await self._source.renewed(stale)
        if found is None or found == stale:
            self._given_up.add(stale)
            return False
        if stale in self._given_up:
            message = "A new token came only after calls had been given up with the old one, which had expired."
            raise SignInError(Code.TOKEN_LATE, message)
        self._use(found)
        self._renewed.add(found)
        tell(_log, Event.TOKEN_RENEWED, "the token was refused, and a new one was had")
        return True

    def _use(self, token: str) -> None:
        self._token = token
        self._secrets |= {token, *self._source.secrets}
