"""The error pages: the furniture of every page, crisis numbers included. They need no request and no database."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: Under /admin/ an error leads back to the desk, not to the form for clients.
FOR_STAFF = {
    400: ("This was not read", "Something in it could not be read. Nothing was saved."),
    403: (
        "Nothing was saved",
        "You may not open this, or you have signed out meanwhile. Go back and try it from there.",
    ),
    404: ("There is no such page", "It may have been closed, or the address is not right."),
    500: ("Something broke on our side", "Nothing was saved. Try it once more, then tell the operator."),
}


def bad_request(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(request, 400)


def forbidden(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(request, 403)


def not_found(request: HttpRequest | None, *args, **kwargs) -> HttpResponse:
    return _page(request, 404)


def server_error(request: HttpRequest | None) -> HttpResponse:
    return _page(request, 500)


def _page(request: HttpRequest | None, status: int) -> HttpResponse:
    try:
        if request is not None and request.path.startswith("/admin/"):
            heading, words = FOR_STAFF[status]
            context = {"heading": heading, "words": words, "site_header": "Coming back: staff"}
            return render(None, "admin/lost.html", context, status=status)
        return render(None, f"{status}.html", status=status)
    except Exception:  # what broke may be what the page is made of: then the crisis numbers alone
        return render(None, "bare.html", status=status)
