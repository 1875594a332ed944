"""An Amazon behind ``requests``: a script of answers and faults, no socket."""

import io
import json

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from channels.amazon.auth import LwaCredentials, MemoryTokenCache, TokenSource
from channels.amazon.client import SpApiClient

ENDPOINT = "https://sellingpartnerapi-eu.amazon.com"
LWA = "https://api.amazon.com/auth/o2/token"
CREDENTIALS = LwaCredentials(
    client_id="amzn1.application-oa2-client.example",
    client_secret="top-secret",
    refresh_token="Atzr|refresh-example",
)


def answer(status=200, body=b"", headers=None, *, cut=0):
    """One scripted answer; ``cut`` bytes of the body get lost after the header was sent."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Length": str(len(data)), "x-amzn-RequestId": "req-1", **(headers or {})}
    return status, headers, data[: len(data) - cut]


def access_token(name="Atza|one", expires_in=3600):
    body = {"access_token": name, "token_type": "bearer", "expires_in": expires_in}
    return answer(body=body)


def errors(status, code, message, headers=None):
    body = {"errors": [{"code": code, "message": message, "details": ""}]}
    return answer(status, body, headers)


class FakeAmazon(BaseAdapter):
    """Gives the scripted answers in turn (an exception is raised) and keeps what was asked.

    Token requests have a script of their own; when it has run out they just succeed.
    """

    def __init__(self, *answers, tokens=()):
        super().__init__()
        self.answers = list(answers)
        self.tokens = list(tokens)
        self.calls = []  # (PreparedRequest, timeout, proxies)
        self.token_calls = []
        self.session = requests.Session()
        self.session.mount("https://", self)
        self.session.mount("http://", self)

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        is_token = request.url.endswith("/auth/o2/token")
        (self.token_calls if is_token else self.calls).append((request, timeout, proxies))
        if is_token:
            number = len(self.token_calls)
            scripted = self.tokens.pop(0) if self.tokens else access_token(f"Atza|{number}")
        else:
            scripted = self.answers.pop(0)
        if isinstance(scripted, Exception):
            raise scripted
        status, headers, data = scripted
        raw = HTTPResponse(
            body=io.BytesIO(data),
            headers=headers,
            status=status,
            preload_content=False,
            request_method=request.method,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self):
        pass


def client_of(amazon, *, cache=None, **kwargs):
    tokens = TokenSource(CREDENTIALS, LWA, cache or MemoryTokenCache(), session=amazon.session)
    return SpApiClient(endpoint=ENDPOINT, tokens=tokens, session=amazon.session, **kwargs)
