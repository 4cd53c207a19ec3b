"""Refusals, in GitHub's words: raised anywhere below the API, answered as JSON by it."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def json(self) -> Json:
        body: Json = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        return body | {"documentation_url": DOCUMENTATION, "status": str(self.status)}


class Moved(ApiError):
    """The requested thing has another address."""

    def __init__(self, url: str) -> None:
        super().__init__(301, "Moved Permanently")
        self.url = url

    def json(self) -> Json:
        return {"message": self.message, "url": self.url, "documentation_url": DOCUMENTATION}


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def forbidden(message: str = "Must have admin rights to Repository.") -> ApiError:
    return ApiError(403, message)


def not_for_apps() -> ApiError:
    return ApiError(403, "Resource not accessible by integration")


def invalid(resource: str, field: str, code: str = "invalid", message: str | None = None) -> ApiError:
    """Returns a 422 that names the field. `code`: missing, missing_field, invalid, already_exists or custom."""
    error: Json = {"resource": resource, "code": code, "field": field}
    if message is not None:
        error["message"] = message
    return ApiError(422, "Validation Failed", [error])


def unprocessable(message: str) -> ApiError:
    return ApiError(422, message)
