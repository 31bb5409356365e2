"""Challenges as registries write them."""

from __future__ import annotations

import pytest

from nixdive.errors import RegistryError
from nixdive.remote.credentials import Credentials
from nixdive.remote.tokens import Authorization, Challenge, challenges

BEARER = 'Bearer realm="https://auth.h.io/token",service="h.io",scope="repository:a/b:pull,push"'
PARTS = {"realm": "https://auth.h.io/token", "service": "h.io", "scope": "repository:a/b:pull,push"}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([BEARER], [Challenge("bearer", PARTS)]),
        ([BEARER.replace(",s", " ,  s")], [Challenge("bearer", PARTS)]),
        (["bearer realm=https://x"], [Challenge("bearer", {"realm": "https://x"})]),
        (['Basic realm="a \\"quoted\\" one"'], [Challenge("basic", {"realm": 'a "quoted" one'})]),
        ([f'Basic realm="x", {BEARER}'], [Challenge("basic", {"realm": "x"}), Challenge("bearer", PARTS)]),
        (["Negotiate", BEARER], [Challenge("negotiate", {}), Challenge("bearer", PARTS)]),
        (["Basic"], [Challenge("basic", {})]),
        ([""], []),
    ],
)
def test_challenges(headers: list[str], found: list[Challenge]) -> None:
    assert list(challenges(headers)) == found


def authorization(
    login: Credentials | None, asked: list[str], answer: bytes = b'{"token": "t"}'
) -> Authorization:
    def fetch(method: str, url: str, headers: object, body: bytes | None) -> bytes:
        asked.append(f"{method} {url} {headers} {(body or b'').decode()}")
        return answer

    return Authorization("docker://h.io/a", ["repository:a/b:pull,push"], lambda: login, fetch)


def test_a_login_is_not_sent_to_a_realm_without_tls() -> None:
    asked: list[str] = []
    made = authorization(Credentials("f", "me", "secret"), asked)
    with pytest.raises(RegistryError, match="not safe"):
        made.answer(['Bearer realm="http://auth.h.io/token"'], None, secure=True)
    assert not asked
    assert made.answer(['Bearer realm="http://auth.h.io/token"'], None, secure=False)


def test_the_scopes_of_the_work_and_of_the_challenge_are_asked_for_together() -> None:
    asked: list[str] = []
    made = authorization(None, asked)
    assert made.answer(
        ['Bearer realm="https://x/t?a=1",service="s",scope="repository:c:pull"'], None, secure=True
    )
    assert made.header == "Bearer t"
    assert asked == [
        "GET https://x/t?a=1&service=s&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%3Apull {} "
    ]


def test_an_identity_token_goes_into_the_body() -> None:
    asked: list[str] = []
    made = authorization(Credentials("f", identity_token="long"), asked, b'{"access_token": "t"}')
    assert made.answer([BEARER], None, secure=True)
    (one,) = asked
    assert one.startswith(
        "POST https://auth.h.io/token {'Content-Type': 'application/x-www-form-urlencoded'} "
    )
    assert "grant_type=refresh_token" in one
    assert "refresh_token=long" in one


def test_a_second_thread_does_not_ask_again() -> None:
    asked: list[str] = []
    made = authorization(None, asked)
    assert made.answer([BEARER], None, secure=True)
    assert made.answer([BEARER], None, secure=True)
    assert len(asked) == 1


def test_without_a_login_basic_is_not_answered() -> None:
    assert not authorization(None, []).answer(['Basic realm="x"'], None, secure=True)


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"token": 5}', b'{"token": "a\\nb"}'])
def test_an_answer_without_a_token(answer: bytes) -> None:
    with pytest.raises(RegistryError, match=r"the answer of https://auth\.h\.io/token"):
        authorization(None, [], answer).answer([BEARER], None, secure=True)
