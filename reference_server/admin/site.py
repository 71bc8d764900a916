"""What all admin pages share: templates, sign-in, form handling, and the error page."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from http import HTTPStatus
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from reference_server.admin import formatting
from reference_server.admin.actions import Actions, Service
from reference_server.admin.guard import RETRY_SOON, BadRequest, Guard, TooLarge, address_of
from reference_server.admin.signin import HEADERS, Browser, Browsers, Forged, check_csrf, read_form, safe_path
from reference_server.clock import VirtualClock
from reference_server.service.tenants import Invalid, Refused, Unknown
from reference_server.storage.tables import StorageFailed
from secrecy.places import learn_credentials

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent
Page = Callable[[Request, Browser], Awaitable[Response] | Response]
NO_STORE = "The server cannot write to its store at the moment. Try again later."
NOTHING_ONCE = {"message": None, "token": None, "synced_after": None}
LOG = logging.getLogger("scimulator.admin")
Form = Callable[[Request, Browser, dict[str, str]], Awaitable[Response]]


class Site:
    """Renders pages for signed-in browsers."""

    def __init__(self, service: Service, guard: Guard, notices: Callable[[], list[str]]) -> None:
        self.service = service
        self._actions = Actions(service)
        self._guard = guard
        self._notices = notices
        self.browsers = Browsers(service.tables, service.origin, guard.digest)

    @cached_property
    def _templates(self) -> jinja2.Environment:
        """The templates. Jinja2 takes a tenth of the start of a server, and most servers show no page."""
        import jinja2

        # StrictUndefined makes a template fail on a missing name instead of rendering nothing.
        templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in (
            "moment",
            "clock_time",
            "duration",
            "number",
            "counted",
            "kind",
            "attribute",
            "value",
            "result",
            "label",
        ):
            templates.filters[name] = getattr(formatting, name)
        return templates

    def routes(self) -> list[BaseRoute]:
        """The routes for sign-in, sign-out, and static files."""
        return [
            Route("/sign-in", self._show_sign_in, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-out", self.form(self._sign_out), methods=["POST"]),
            Mount("/static", _Files(directory=HERE / "static")),
        ]

    # ── wrapping ──

    def page(self, handler: Page) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a page. A handler that is not a coroutine only reads and runs in one unit of work."""

        async def shown(request: Request, browser: Browser) -> Response:
            if iscoroutinefunction(handler):
                answer = await handler(request, browser)
            else:
                answer = await self.service.tables.read(lambda: handler(request, browser), pauses=True)
            assert isinstance(answer, Response)
            return answer

        async def endpoint(request: Request) -> Response:
            return await self._for_signed_in(request, shown)

        return endpoint

    def form(self, handler: Form) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a form: changes something, then redirects the browser to a page."""

        async def handle(request: Request, browser: Browser) -> Response:
            fields = await read_form(request, self.service.origin)
            check_csrf(browser, fields)
            return await handler(request, browser, fields)

        async def endpoint(request: Request) -> Response:
            return await self._for_signed_in(request, handle)

        return endpoint

    async def _for_signed_in(
        self, request: Request, answer: Callable[[Request, Browser], Awaitable[Response]]
    ) -> Response:
        try:
            browser = await self.browsers.of(request)
        except StorageFailed:
            return self.problem(request, None, 503, NO_STORE)
        if browser is None:
            return self._to_sign_in(request)
        response = await self._told(request, browser, answer(request, browser))
        self.browsers.send_once(request, response, browser)
        return response

    async def _told(self, request: Request, browser: Browser | None, answer: Awaitable[Response]) -> Response:
        """The response, or an error page with one sentence."""
        try:
            return await answer
        except BadRequest as error:
            response = self.problem(request, browser, error.status, formatting.in_labels(str(error)))
            response.headers.update(error.headers)
            return response
        except Invalid as error:
            return self.problem(request, browser, 400, formatting.in_labels(str(error)))
        except Refused as error:
            return self.problem(request, browser, 403, str(error))
        except Unknown as error:
            return self.problem(request, browser, 404, str(error))
        except Forged:
            words_ = (
                "The form has expired or came from another site. Go back, reload the page, and submit the form again."
            )
            return self.problem(request, browser, 403, words_)
        except StorageFailed:
            return self.problem(request, browser, 503, NO_STORE)
        except Exception:
            incident = secrets.token_hex(4)
            learn_credentials(request.headers.raw)
            LOG.exception("incident %s", incident)
            return self.problem(
                request, browser, 500, f"Internal error. Find incident {incident} in the server log for details."
            )

    # ── answers ──

    def render(
        self, request: Request, browser: Browser | None, template: str, status: int = 200, **shown: Any
    ) -> Response:
        """Render a page. Every template receives `path`, `csrf`, `now`, `notices`, and `once` (shown one time only)."""
        page = self._templates.get_template(template).render(
            path=request.url.path,
            csrf=browser.csrf if browser else "",
            signed_in=browser is not None,
            once={**NOTHING_ONCE, **(browser.take_once() if browser else {})},
            now=self.service.clock.now(),
            virtual=isinstance(self.service.clock, VirtualClock),
            notices=self._notices(),
            **shown,
        )
        return HTMLResponse(page, status, HEADERS)

    def problem(self, request: Request, browser: Browser | None, status: int, sentence: str) -> Response:
        title = HTTPStatus(status).phrase.capitalize()
        response = self.render(request, browser, "problem.html", status, title=title, sentence=sentence)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.update(RETRY_SOON)
        return response

    def go(self, path: str, browser: Browser, **once: Any) -> Response:
        """Redirect the browser to a page that shows `once` one time."""
        browser.once.update(once)
        return RedirectResponse(path, 303, HEADERS)

    # ── sign-in ──

    def _to_sign_in(self, request: Request) -> Response:
        wanted = "/admin/"
        if request.method == "GET":
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/admin/sign-in?next={quote(wanted)}", 303, HEADERS)

    async def _show_sign_in(self, request: Request) -> Response:
        return self._sign_in_page(request, request.query_params)

    async def _sign_in(self, request: Request) -> Response:
        seconds = self._guard.wait(request)
        if seconds:
            wait = "1 second" if seconds == 1 else f"{seconds} seconds"
            words = f"Too many failed sign-ins from your address. Try again in {wait}."
            response = self._sign_in_page(request, {}, words, 429)
            response.headers["retry-after"] = str(seconds)
            return response
        try:
            fields = await read_form(request, self.service.origin)
        except TooLarge as error:
            return self._sign_in_page(request, {}, str(error), error.status)
        except (BadRequest, Forged):
            return self._sign_in_page(
                request, {}, "The form was not submitted from this page. Reload the page and try again.", 403
            )
        if not self._guard.is_token(fields.get("token", "")):
            await self._guard.note_wrong(request)
            return self._sign_in_page(request, fields, "Wrong admin token.", 403)
        response = RedirectResponse(safe_path(fields.get("next", "")), 303, HEADERS)
        return await self._told(request, None, self._signed_in(request, response))

    async def _signed_in(self, request: Request, response: Response) -> Response:
        await self.browsers.sign_in(response)
        await self._actions.note_sign_in("admin.signed_in", address_of(request))
        return response

    def _sign_in_page(
        self, request: Request, fields: Mapping[str, str], error: str | None = None, status: int = 200
    ) -> Response:
        return self.render(request, None, "sign_in.html", status, next=safe_path(fields.get("next", "")), error=error)

    async def _sign_out(self, request: Request, browser: Browser, fields: dict[str, str]) -> Response:
        response = RedirectResponse("/admin/sign-in", 303, HEADERS)
        await self.browsers.sign_out(request, response)
        await self._actions.note_sign_in("admin.signed_out", address_of(request))
        return response


class _Files(StaticFiles):
    """The stylesheet and the script, sent with the same security headers as the pages; browsers must revalidate them."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers.update({**HEADERS, "cache-control": "no-cache"})
        return response
