"""Check my page: words are pasted or a file is picked, and come back with their faults and a preview.

Nothing is saved: no file, not even a temporary one, no session, no log.
"""

from django import forms
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from reentry_site.pages import checks, edition, pictures, preview, publishing, views
from reentry_site.pages.faults import Fault, Told, typed

#: What may come beside the text: the other fields, and what a browser writes around each.
AROUND_BYTES = 64 * 1024
TOO_LARGE = "That is over 128 KiB, which no page needs. Take out what is no text, or make several pages of it."
TOO_LARGE_TO_PASTE = (
    "That is more than can be pasted here. Go back, your words are still there; save them, and pick the file instead."
)


class CheckForm(forms.Form):
    file = forms.CharField(required=False, max_length=200)
    text = forms.CharField(required=False, strip=False)
    upload = forms.FileField(required=False, allow_empty_file=True)

    def clean(self) -> dict:
        cleaned = super().clean()
        upload = cleaned.get("upload")
        cleaned["file"] = cleaned.get("file") or (upload.name if upload else "")
        if not cleaned["file"]:
            self.add_error("file", "Say where the page will live, like programs/new-group.md.")
        if upload and upload.size > checks.MOST_BYTES:
            self.add_error("upload", TOO_LARGE)
        if not upload and not cleaned.get("text", "").strip():
            self.add_error("text", "Paste the words of the page, or pick its file.")
        return cleaned

    def typed(self) -> bytes:
        """What is to be checked; a picked file goes before pasted words."""
        upload = self.cleaned_data["upload"]
        return upload.read() if upload else self.cleaned_data["text"].encode()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Makes room for a page on the way in, for this address alone. The token is asked for when that is done."""
    if request.method != "POST":
        return _answer(request, CheckForm())
    if int(request.META.get("CONTENT_LENGTH") or 0) > checks.MOST_BYTES + AROUND_BYTES:
        return _too_large(request, TOO_LARGE)
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    try:
        request.POST  # noqa: B018  reads the body
    except RequestDataTooBig:
        return _too_large(request, TOO_LARGE_TO_PASTE)
    return _check(request)


@csrf_protect
def _check(request: HttpRequest) -> HttpResponse:
    form = CheckForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, form, status=422)
    file, sent = form.cleaned_data["file"], form.typed()
    try:
        text = sent.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return _answer(request, form, checked=True, told=[Told(checks.not_text(file), "")])
    faults, drawn = _judge(text, file)
    told = [Told(fault, typed(text, fault.line) if fault.file == file else "") for fault in faults]
    if len(sent) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2:  # else it could not be sent again from the field
        form.data = {"text": text, "file": file}
    return _answer(request, form, checked=True, told=told, preview=drawn)


def _judge(text: str, file: str) -> tuple[list[Fault], str]:
    """Its faults, and the page as it would look."""
    try:
        published = publishing.current()
    except edition.NoFacts as problem:
        return problem.faults, ""
    page, faults = edition.read_text(text, file, published.edition.facts)
    page, faults = preview.judge(page, faults, settings.CONTENT_DIR, published)
    return faults, preview.draw(
        page, published, reverse("admin:pages_picture", args=["x"]).removesuffix("x")
    ) if page else ""


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of the content folder, for the page that was checked."""
    return views.send(pictures.good(settings.CONTENT_DIR, publishing.current().edition.pictures), name)


def _too_large(request: HttpRequest, words: str) -> HttpResponse:
    form = CheckForm({})
    form.errors.clear()
    form.errors["upload"] = form.error_class([words], field_id="id_upload")
    return _answer(request, form, status=413)


def _answer(request: HttpRequest, form: CheckForm, *, status: int = 200, **context) -> HttpResponse:
    stopped = any(each.fault.severity == "error" for each in context.get("told", ()))
    context |= {"title": "Check my page", "form": form, "stopped": stopped}
    return TemplateResponse(request, "admin/pages/check.html", context, status=status)
