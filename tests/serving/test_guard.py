"""Each rule of the guard, on requests as ASGI sees them."""

import pytest

from entropy_assets.errors import InvalidParameter
from entropy_assets.serving.guard import known_hosts, refusal

HOSTS = known_hosts(3000)
JSON = {"content-type": "application/json"}
PAGE = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def scope(
    method: str = "GET", path: str = "/", host: str | None = "localhost:3000", **headers: str
) -> dict[str, object]:
    pairs = [] if host is None else [(b"host", host.encode())]
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "path": path, "headers": pairs}


def with_headers(headers: dict[str, str], method: str = "GET", path: str = "/") -> dict[str, object]:
    return scope(method, path, **{name.replace("-", "_"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "asked",
    [
        scope(),
        scope(host="127.0.0.1:3000"),
        scope(host="[::1]:3000"),
        scope(host="LOCALHOST:3000"),
        scope("HEAD"),
        scope("POST", "/graphql", content_type="application/json"),
        scope("POST", "/graphql", content_type="Application/JSON; charset=utf-8"),
        scope("POST", "/graphql", content_type="application/json", origin="http://localhost:3000"),
        scope("POST", "/graphql", content_type="application/json", sec_fetch_site="same-origin"),
        scope("POST", "/report_asset_check/a", content_type="application/json"),
        with_headers({**PAGE, "sec-fetch-site": "cross-site"}, path="/runs"),
        with_headers({**PAGE, "sec-fetch-site": "none"}, path="/logs/a.out"),
        scope(path="/logs/a/compute.err", sec_fetch_site="same-origin"),
    ],
)
def test_what_the_pages_and_programs_send_is_answered(asked: dict[str, object]) -> None:
    assert refusal(asked, HOSTS) is None


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
    [
        (scope(host=None), 403, "host (none) is not known"),
        (scope(host="evil.example:3000"), 403, "host 'evil.example:3000' is not known here"),
        (scope(host="localhost"), 403, "ENTROPY_UI_HOSTS"),
        (scope(host="localhost:3001"), 403, "open 127.0.0.1:3000"),
        (scope(host="localhost.:3000"), 403, "is not known"),
        (scope(host="localhost:3000, evil"), 403, "is not known"),
        (scope(origin="http://evil.example"), 403, "origin 'http://evil.example' is not this server's"),
        (scope(origin="null"), 403, "origin 'null'"),
        (scope(origin="http://127.0.0.1:3000"), 403, "origin"),
        (scope(origin="http://localhost:8000"), 403, "origin"),
        (scope(origin="https://localhost:3000"), 403, "origin 'https://localhost:3000' is not"),
        (scope(origin=""), 403, "origin (none) is not this server's"),
        (scope(sec_fetch_site=""), 403, "a page of another site ((none))"),
        (scope(path="/logs/../../etc/passwd"), 400, "a path with `..` in it"),
        (scope(path="/a\\..\\b"), 400, "a path with `..` in it"),
        (scope(origin="http://localhost:3000.evil.example"), 403, "origin"),
        (scope("OPTIONS", "/graphql"), 405, "'OPTIONS' is not answered"),
        (scope("PUT", "/graphql"), 405, "'PUT' is not answered"),
        (scope(path="/graphql"), 405, "GraphQL by GET is not answered"),
        (scope("HEAD", "/graphql"), 405, "GraphQL by GET"),
        (scope("POST", "/graphql"), 415, "content type (none) is not taken"),
        (scope("POST", "/graphql", content_type="text/plain"), 415, "send JSON as application/json"),
        (scope("POST", "/graphql", content_type="text/plain; application/json"), 415, "content type"),
        (scope("POST", "/graphql", content_type="application/graphql"), 415, "content type"),
        (scope("POST", "/x", content_type="multipart/form-data; boundary=x"), 415, "content type"),
        (scope(sec_fetch_site="cross-site"), 403, "a page of another site ('cross-site')"),
        (scope(sec_fetch_site="same-site"), 403, "a page of another site"),
        (scope(sec_fetch_site="anything"), 403, "a page of another site"),
        (
            with_headers({**PAGE, **JSON, "sec-fetch-site": "cross-site"}, "POST", "/graphql"),
            403,
            "another site",
        ),
        (
            with_headers({**PAGE, "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}),
            403,
            "another site",
        ),
        (with_headers({**PAGE, "sec-fetch-site": "cross-site"}, path="/logs/a.out"), 403, "another site"),
        (with_headers({**PAGE, "sec-fetch-site": "same-site"}, path="/graphql"), 403, "another site"),
    ],
)
def test_what_another_page_could_send_is_refused(asked: dict[str, object], status: int, reason: str) -> None:
    refused = refusal(asked, HOSTS)
    assert refused is not None
    assert refused.status == status
    assert reason in refused.reason
    assert "\n" not in refused.reason


@pytest.mark.parametrize("name", ["host", "origin", "content-type", "sec-fetch-site"])
def test_a_header_given_twice_is_refused(name: str) -> None:
    good = {
        "host": "localhost:3000",
        "origin": "http://localhost:3000",
        "content-type": "application/json",
        "sec-fetch-site": "same-origin",
    }
    asked = with_headers({key: value for key, value in good.items() if key != "host"}, "POST", "/graphql")
    assert refusal(asked, HOSTS) is None
    pairs = asked["headers"]
    assert isinstance(pairs, list)
    refused = refusal({**asked, "headers": [*pairs, (name.encode(), good[name].encode())]}, HOSTS)
    assert refused is not None
    assert "given twice" in refused.reason


def test_a_refusal_repeats_no_more_than_a_piece_and_no_control_byte() -> None:
    refused = refusal(scope(host="x\x1b[31m" + "y" * 500), HOSTS)
    assert refused is not None
    assert "\x1b" not in refused.reason
    assert len(refused.reason) < 300


def test_websockets_must_come_from_the_servers_own_pages() -> None:
    asked = {**scope(path="/graphql"), "type": "websocket"}
    assert refusal(asked, HOSTS) is None
    for headers in ({"origin": "http://evil.example"}, {"sec_fetch_site": "cross-site"}):
        assert refusal({**scope(path="/graphql", **headers), "type": "websocket"}, HOSTS) is not None
    assert refusal({**scope(path="/graphql", host="evil:3000"), "type": "websocket"}, HOSTS) is not None


def test_named_hosts_are_known_beside_loopback() -> None:
    hosts = known_hosts(3000, "curate.example.org, localhost:8080 [fd00::1]:3000")
    assert hosts.keys() == known_hosts(3000).keys() | {
        "curate.example.org",
        "curate.example.org:3000",
        "localhost:8080",
        "[fd00::1]:3000",
    }
    assert "localhost" in known_hosts(80)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_named_host_may_stand_behind_a_proxy_that_speaks_https(scheme: str) -> None:
    hosts = known_hosts(3000, "curate.example.org localhost:8443")
    for host in ("curate.example.org", "localhost:8443"):
        assert refusal(scope(host=host, origin=f"{scheme}://{host}"), hosts) is None


@pytest.mark.parametrize("wrong", ["*", "*.example.org", "http://a.example", "a/b", "a:b", "a@b", ".a"])
def test_a_host_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidParameter, match="ENTROPY_UI_HOSTS names"):
        known_hosts(3000, wrong)
