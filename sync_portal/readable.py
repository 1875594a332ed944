"""What no database takes: a NUL in what is sent."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class RefuseNul:
    """Answers 400 to a NUL character in the address or in a form.

    No person types one, PostgreSQL stores none, and each place that looks something up would have
    to say so. The content of files is not looked at. After the CSRF check, which reads the form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        sent = (*request.GET.lists(), *request.POST.lists(), ("", [request.path_info]))
        if any("\0" in text for name, values in sent for text in (name, *values)):
            raise BadRequest("a NUL character was sent")
