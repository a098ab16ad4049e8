"""Tells people and a dead man's switch how a start ended.

Addresses are secrets: they hold tokens, and are never logged. Nothing that goes wrong here changes how a run ended; it
is logged as an error, so that with `--quiet`, too, it shows that nobody was told. May import `errors` and
`operations.ending`; the libraries only when asked for.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.errors import Code, ConfigurationError

if TYPE_CHECKING:
    from pipeline.operations.ending import Ending

_TIMEOUT_S = 10.0
_log = logging.getLogger(__name__)


class NotifyOn(StrEnum):
    """When people are told."""

    TROUBLE = "trouble"
    SUCCESS = "success"
    ALWAYS = "always"

    def fits(self, ending: Ending) -> bool:
        """Whether an ending is one to be told."""
        return self is NotifyOn.ALWAYS or (self is NotifyOn.TROUBLE) == ending.is_trouble


class Notifier:
    """Tells people through Apprise: mail, chat, a webhook, whatever its URL is for.

    Args:
        urls: Where to.
        when: When.

    Raises:
        ConfigurationError: Apprise is not installed, or a URL is none of its own.
    """

    def __init__(self, urls: Sequence[str], when: NotifyOn) -> None:
        self._when = when
        self._services = [_service(number, url) for number, url in enumerate(urls, start=1)]

    def tell(self, ending: Ending) -> None:
        """Sends the ending to each address, if it is one to be told."""
        if not self._when.fits(ending):
            return
        for number, service in enumerate(self._services, start=1):
            if not _is_sent(service, ending):
                _log.error("Number %d of those to notify was not told; how the run ended stands all the same.", number)


@contextlib.contextmanager
def _without_its_warnings() -> Iterator[None]:
    """Keeps back what its plugins say about modules that newer Pythons lack: nobody here can act on it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _service(number: int, url: str) -> Any:
    try:
        import apprise
    except ImportError as error:
        message = "To notify people needs Apprise, which is not installed."
        raise ConfigurationError(Code.NOTIFY_MISSING, message) from error
    logging.getLogger("apprise").disabled = True  # it writes addresses into its log
    service = apprise.Apprise()
    with _without_its_warnings():
        is_known = service.add(url)
    if not is_known:
        message = f"Number {number} of those to notify is no URL that Apprise knows."
        raise ConfigurationError(Code.NOTIFY_URL, message, number=number)
    return service


def _is_sent(service: Any, ending: Ending) -> bool:
    from apprise import NotifyType

    kind = NotifyType.WARNING if ending.is_trouble else NotifyType.SUCCESS
    try:
        with _without_its_warnings():
            return bool(service.notify(title=ending.title, body=ending.text, notify_type=kind))
    except Exception as error:  # noqa: BLE001 - a hundred services, each with errors of its own
        _log.debug("apprise: %s", type(error).__name__)
        return False


class Heartbeat:
    """A dead man's switch such as healthchecks: `URL/start`, then `URL` or `URL/fail`.

    Args:
        url: Its address.

    Raises:
        ConfigurationError: It is no http address.
    """

    def __init__(self, url: str) -> None:
        if not url.lower().startswith(("https://", "http://")):
            raise ConfigurationError(Code.HEARTBEAT_URL, "The heartbeat's address is no http address.")
        self._url = url.rstrip("/")

    def begin(self) -> None:
        """Says that a start is at work; whether that is heard shows at the end."""
        self._failure_of("/start", "")

    def tell(self, ending: Ending) -> None:
        """Says how it ended."""
        failure = self._failure_of("/fail" if ending.is_trouble else "", f"{ending.title}\n{ending.text}")
        if failure:
            _log.error("The heartbeat was not reached (%s); how the run ended stands all the same.", failure)

    def _failure_of(self, path: str, text: str) -> str:
        """Posts; why that did not work, or nothing."""
        import httpx

        try:
            response = httpx.post(f"{self._url}{path}", content=text.encode(), timeout=_TIMEOUT_S)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__  # its words may hold the address
        return "" if response.is_success else f"status {response.status_code}"
