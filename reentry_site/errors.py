"""The error pages: the furniture of every page, crisis numbers included. They need no request and no database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(400)


def forbidden(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(403)


def not_found(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(404)


def server_error(request: HttpRequest | None) -> HttpResponse:
    return _page(500)


def _page(status: int) -> HttpResponse:
    try:
        return render(None, f"{status}.html", status=status)
    except Exception:  # what broke may be what the page is made of: then the crisis numbers alone
        return render(None, "bare.html", status=status)
