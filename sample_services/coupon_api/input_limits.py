"""Limits of a request's content: the size of its body, and text that a database can store.

PostgreSQL stores no NUL, and no driver can encode half of a surrogate pair. Both are mistakes of the caller.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from ..telemetry.http_server import Application, Message, Receive, Scope, Send

# The largest valid body of any route has about 1 KiB.
LARGEST_BODY = 64 << 10
_TOO_LARGE = f"the body may have {LARGEST_BODY} bytes at most"
_UNSTORABLE = "text must not contain NUL or half of a surrogate pair"


def storable(text: str) -> bool:
    """Whether a database can store a text."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _checked(text: str) -> str:
    if not storable(text):
        raise ValueError(_UNSTORABLE)
    return text


Storable = Annotated[str, AfterValidator(_checked)]


class BodyTooLargeError(HTTPException):
    """Raised when more bytes arrive than the limit."""

    def __init__(self) -> None:
        super().__init__(413, _TOO_LARGE)


class InputLimits:
    """An ASGI middleware that refuses a large body before reading it, and a path or query with NUL."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await JSONResponse({"error": _UNSTORABLE}, 400)(scope, receive, send)
            return
        if _announced(scope) > LARGEST_BODY:
            # The rest of the body is not read, so the connection must be closed before a next request.
            answer = JSONResponse({"error": _TOO_LARGE}, 413, {"Connection": "close"})
            await answer(scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:
                raise BodyTooLargeError
            return message

        await self._app(scope, receive_limited, send)


def register_limits(app: FastAPI) -> None:
    """Add the limits to an application, and the handlers that answer refused requests."""
    app.add_middleware(InputLimits)
    app.add_exception_handler(BodyTooLargeError, _too_large)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _too_large(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"error": _TOO_LARGE}, 413, {"Connection": "close"})


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Answer 400 for text that can't be stored, else 422. The input is not repeated: it may not be encodable."""
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    found = [{key: one[key] for key in ("type", "loc", "msg")} for one in errors]
    inputs = (one.get("input") for one in errors)
    if not all(map(_all_storable, inputs)):
        return JSONResponse({"error": _UNSTORABLE}, 400)
    return JSONResponse({"detail": json.loads(json.dumps(found, default=str))}, 422)


def _all_storable(value: Any) -> bool:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return all(_all_storable(part) for pair in value.items() for part in pair)
    return all(map(_all_storable, value)) if isinstance(value, list) else True


def _announced(scope: Scope) -> int:
    """Return the body's size in the request's headers, in bytes; 0 without one."""
    sizes = [value for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(map(int, sizes), default=0)
