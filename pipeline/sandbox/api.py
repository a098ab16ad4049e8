"""The sandbox's routes: what each call does, and where the faults strike.

Composes rules, store, accounts, faults and answers into an aiohttp application. Must not know threads or sockets.
"""

import asyncio
import json
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPMethod

from aiohttp import web

from pipeline.sandbox import answers
from pipeline.sandbox.accounts import GrantError, Tokens, User
from pipeline.sandbox.faults import Decision, Fault, FaultPlan
from pipeline.sandbox.listing import QueryError, parse
from pipeline.sandbox.rules import check, check_update, envelope, error
from pipeline.sandbox.store import Store

PATH = "/api/crm/emailaccounts"
TOKEN_PATH = "/api/token"  # noqa: S105 - a path

_MODIFYING = frozenset({HTTPMethod.POST, HTTPMethod.PUT, HTTPMethod.DELETE})
_MAX_ID_DIGITS = 19


@dataclass(kw_only=True)
class Sandbox:
    """What outlives a restart of the server: records, tokens, the faults and the counts.

    Attributes:
        store: the records.
        tokens: the users and what they signed in for.
        plan: the faults and where their sequence stands; replaced as a whole.
        now: the clock, answering an aware datetime in UTC.
        calls: calls by method and path, such as `GET /api/crm/emailaccounts/{id}`, whatever their answer.
        injected: what the faults did, by `Fault.value`; `over_limit` counts what the limits refused.
    """

    store: Store
    tokens: Tokens
    plan: FaultPlan
    now: Callable[[], datetime]
    calls: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)

    def strike(self, fault: Fault) -> None:
        """Count a fault that is being carried out."""
        self.injected[fault.value] += 1


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    """One call that was let in: by whom, and what was decided for it."""

    request: web.Request
    user: User
    plan: FaultPlan
    decision: Decision


_Handler = Callable[[_Call], Awaitable[web.StreamResponse]]
_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(sandbox: Sandbox, *, own_date: bool = False) -> web.Application:
    """The application that serves the sandbox.

    Args:
        sandbox: the state to serve, which can be served again by another application.
        own_date: whether `Date` comes from the sandbox's clock rather than the system's, which costs a little time.
    """
    api = _Api(sandbox)
    app = web.Application()
    app.on_shutdown.append(api.stop)
    app.router.add_route("POST", TOKEN_PATH, api.token)
    for method, path, role, handler in (
        (HTTPMethod.POST, PATH, "EmailAccount-Create", api.create),
        (HTTPMethod.GET, PATH, "EmailAccount-List", api.find),
        (HTTPMethod.PUT, PATH, "EmailAccount-Edit", api.update),
        (HTTPMethod.GET, PATH + "/{id}", "EmailAccount-Read", api.read),
        (HTTPMethod.DELETE, PATH + "/{id}", "EmailAccount-Delete", api.delete),
    ):
        app.router.add_route(method, path, api.guard(method, path, role, handler))
    if own_date:
        app.on_response_prepare.append(api.date)
    return app


class _Api:
    """The handlers. Each returns the answer; the guard around it deals with throttling, users and roles."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stopping = asyncio.Event()

    def guard(self, method: HTTPMethod, path: str, role: str, handler: _Handler) -> _Answer:
        """Put before a handler what every call goes through.

        Source: developers.nexudus.com, authentication and api-limitations; post-emailaccounts for the role.
        """
        sandbox, label = self._sandbox, f"{method} {path}"
        modifying, creating = method in _MODIFYING, method is HTTPMethod.POST

        async def guarded(request: web.Request) -> web.StreamResponse:
            sandbox.calls[label] += 1
            # One plan for the whole call: the faults may be replaced while it waits.
            plan = sandbox.plan
            decision = plan.decide(creating=creating)
            if plan.faults.latency_s:
                # Read first: the target is still at work on a call whose client has gone meanwhile.
                await request.read()
                await self._pause(plan.faults.latency_s)
            refusal = self._refuse(request, plan, decision, modifying=modifying)
            if refusal is not None:
                return refusal
            user = self._authorize(request, plan, role)
            if user is None:
                return answers.unauthorized(request)
            return await handler(_Call(request=request, user=user, plan=plan, decision=decision))

        return guarded

    def _refuse(
        self, request: web.Request, plan: FaultPlan, decision: Decision, *, modifying: bool
    ) -> web.Response | None:
        """The end of a call that is dropped or throttled, or None to go on."""
        faults, fault = plan.faults, decision.fault
        if fault is Fault.DROP:
            self._sandbox.strike(fault)
            return answers.lose(request)
        if fault is not Fault.THROTTLE:
            if not (modifying and faults.limits and plan.over_limit(self._sandbox.now().timestamp())):
                return None
            fault = Fault.OVER_LIMIT
        self._sandbox.strike(fault)
        return answers.throttled(faults.throttle_status, faults.retry_after)

    def _authorize(self, request: web.Request, plan: FaultPlan, role: str) -> User | None:
        """The call's user, or None without a working token or without the role."""
        authorization = request.headers.get("Authorization", "")
        user = self._sandbox.tokens.user_of(authorization)
        if user is None:
            return None
        if authorization[:7].casefold() == "bearer " and plan.uses_up(authorization[7:]):
            self._sandbox.strike(Fault.TOKEN_EXPIRED)
            return None
        return user if user.may(role) else None

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Sign in or refresh.

        Source: developers.nexudus.com, authentication: form-encoded; a JSON body is `unsupported_grant_type`.
        """
        self._sandbox.calls[f"POST {TOKEN_PATH}"] += 1
        form: dict[str, str] = {}
        if request.content_type == "application/x-www-form-urlencoded":
            form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        try:
            return answers.token_answer(self._sandbox.tokens.grant(form, client_id=request.headers.get("client_id")))
        except GrantError as refusal:
            return answers.token_answer(refusal.payload(), 400)

    async def create(self, call: _Call) -> web.StreamResponse:
        """Create a record, unless a fault strikes first; faults after it garble or lose the answer."""
        request, faults, fault = call.request, call.plan.faults, call.decision.fault
        if fault is Fault.REFUSAL:
            self._sandbox.strike(fault)
            return answers.answer(request, answers.refused())
        if fault is Fault.ERROR and not faults.error_after_create:
            self._sandbox.strike(fault)
            return answers.server_error(request, faults.error_status)
        body = await _read_json(request)
        errors = check(body)
        if errors or not isinstance(body, dict):
            return answers.answer(request, envelope(errors), 400)
        record = self._sandbox.store.create(body, by=call.user.username)
        if call.decision.slow:
            self._sandbox.strike(Fault.SLOW)
            await self._pause(faults.slow_s)
        return await self._answer_created(call, answers.succeeded(record, "created"))

    async def _answer_created(self, call: _Call, payload: dict[str, object]) -> web.StreamResponse:
        request, fault = call.request, call.decision.fault
        if fault is None:
            return answers.answer(request, payload)
        self._sandbox.strike(fault)
        if fault is Fault.LOSE_ANSWER:
            return answers.lose(request)
        if fault is Fault.CUT_ANSWER:
            return await answers.cut(request, payload)
        if fault is Fault.ODD_BODY:
            return answers.odd(payload, call.plan.next_odd_body())
        return answers.server_error(request, call.plan.faults.error_status)

    async def find(self, call: _Call) -> web.StreamResponse:
        """List one page of partial records."""
        try:
            query = parse(call.request.query)
        except QueryError as mistake:
            return answers.answer(call.request, envelope([mistake.error]), 400)
        page = self._sandbox.store.find(query, lag_s=call.plan.faults.list_lag_s)
        return answers.answer(call.request, page.payload())

    async def read(self, call: _Call) -> web.StreamResponse:
        """Read one record whole."""
        record_id = _record_id(call.request)
        record = self._sandbox.store.read(record_id)
        return _not_found(call.request, record_id) if record is None else answers.answer(call.request, record)

    async def update(self, call: _Call) -> web.StreamResponse:
        """Replace the record whose Id is in the body.

        Source: developers.nexudus.com/rest-api/crm/put-emailaccounts.
        """
        body = await _read_json(call.request)
        errors = check_update(body)
        if errors or not isinstance(body, dict):
            return answers.answer(call.request, envelope(errors), 400)
        record = self._sandbox.store.update(body["Id"], body, by=call.user.username)
        if record is None:
            return _not_found(call.request, body["Id"])
        return answers.answer(call.request, answers.succeeded(record, "updated"))

    async def delete(self, call: _Call) -> web.StreamResponse:
        """Delete one record for good.

        Source: developers.nexudus.com/reference/delete-emailaccount.
        """
        record_id = _record_id(call.request)
        record = self._sandbox.store.read(record_id)
        if record is None or not self._sandbox.store.delete(record_id):
            return _not_found(call.request, record_id)
        return answers.answer(call.request, answers.succeeded(record, "deleted"))

    async def stop(self, _app: web.Application) -> None:
        """Let the calls that a fault holds up go on, so that a stop need not wait for them."""
        self._stopping.set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Give an answer the date of the sandbox's own clock."""
        response.headers["Date"] = format_datetime(self._sandbox.now(), usegmt=True)


class _Malformed:
    """Stands for a body that is not JSON; no JSON value, so that the rules refuse it."""


async def _read_json(request: web.Request) -> object:
    try:
        return _decode((await request.read()).decode("utf-8-sig"))
    # RecursionError: a body of nothing but opening brackets.
    except (ValueError, RecursionError):
        return _Malformed()


def _refuse_constant(name: str) -> object:
    """Python's decoder takes NaN and Infinity for numbers; JSON has neither."""
    raise ValueError(name)


def _finite(text: str) -> float:
    """A number past the range of a float would be answered as Infinity, which is not JSON."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def _record_id(request: web.Request) -> int:
    """The Id in the path; 0, which no record has, where it is not a number."""
    text = request.match_info["id"]
    return int(text) if text.isdecimal() and len(text) <= _MAX_ID_DIGITS else 0


def _not_found(request: web.Request, record_id: int) -> web.Response:
    """The answer for an Id that no record has. Its text is the sandbox's own: none is documented."""
    return answers.answer(request, envelope([error("Id", "was not found", record_id)]), 404)
