"""The real web server behind its guard: attacked with raw requests, and used as its own pages use it."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from upath import UPath
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from entropy_assets.defs.instance import prepare_instance
from entropy_assets.serving.web import bind, main

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.serving.definitions_of_test"
VERSION = {"query": "{ version }"}
LAUNCH = {
    "query": "mutation ($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }",
    "variables": {
        "p": {
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": "test",
                "jobName": "release_drop_docs",
            },
            "runConfigData": "{}",
        }
    },
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a guarded web server over a fresh instance and the tiny deployment."""
    home = tmp_path_factory.mktemp("home")
    workspace = home / "workspace.yaml"
    workspace.write_text(f"load_from: [python_module: {{module_name: {MODULE}, location_name: test}}]\n")
    folder = prepare_instance(UPath(home))
    listening = bind("127.0.0.1", 0)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "ENTROPY_HOME": str(home),
        "ENTROPY_UI_HOSTS": "curate.example.org",
    }
    fd = str(listening.fileno())
    started = subprocess.Popen(
        [sys.executable, "-m", "entropy_assets.serving.web", "-w", str(workspace), "--fd", fd],
        cwd=ROOT,
        env=environment,
        pass_fds=[listening.fileno()],
    )
    served = int(listening.getsockname()[1])
    listening.close()
    try:
        yield served
    finally:
        started.send_signal(signal.SIGINT)
        assert started.wait(timeout=600) == 0


def ask(
    port: int, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    """Return status, text and headers of the answer; `Host` is the server's where none is given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    data = json.dumps(body) if isinstance(body, dict) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, data, named)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace"), answer.headers
    finally:
        connection.close()


def post(port: int, body: dict[str, Any], **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
    return ask(port, "POST", "/graphql", body, **{"content_type": "application/json", **headers})


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def n_runs(port: int) -> int:
    _, text, _ = post(port, {"query": "{ runsOrError { ... on Runs { results { id } } } }"})
    return len(json.loads(text)["data"]["runsOrError"]["results"])


def refused(answer: tuple[int, str, http.client.HTTPMessage], status: int, reason: str) -> None:
    assert answer[0] == status, answer
    assert reason in answer[1]
    assert answer[1].count("\n") == 1, "one sentence"
    assert not [name for name in answer[2] if name.lower().startswith("access-control")]


def test_the_servers_own_pages_load_and_ask(port: int) -> None:
    own = {"origin": f"http://localhost:{port}", "host": f"localhost:{port}", "sec_fetch_site": "same-origin"}
    status, page, headers = ask(port, "GET", "/", host=f"localhost:{port}", sec_fetch_site="none")
    assert (status, headers["x-frame-options"]) == (200, "SAMEORIGIN")
    assert "frame-ancestors 'self'" in headers.get_all("content-security-policy", [])
    scripts = re.findall(r'src="(/[^"]+\.js)"', page)
    assert scripts
    assert ask(port, "GET", scripts[0], host=f"localhost:{port}", sec_fetch_site="same-origin")[0] == 200
    status, text, _ = post(port, VERSION, **own)
    assert status == 200
    assert "version" in json.loads(text)["data"]
    assert ask(port, "GET", "/server_info", **own)[0] == 200


def test_programs_without_an_origin_ask_and_launch(port: int) -> None:
    before = n_runs(port)
    status, text, _ = post(port, LAUNCH)
    assert (status, json.loads(text)["data"]["launchRun"]["__typename"]) == (200, "LaunchRunSuccess")
    assert n_runs(port) == before + 1
    status, _, _ = ask(
        port, "POST", "/report_asset_materialization/records", {}, content_type="application/json"
    )
    assert status == 200


def test_a_link_from_another_site_opens_a_page(port: int) -> None:
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert ask(port, "GET", "/runs", **link)[0] == 200


def test_a_named_host_is_answered(port: int) -> None:
    named = {"host": "curate.example.org", "origin": "https://curate.example.org"}
    assert post(port, VERSION, **named)[0] == 200


MUTATION = "mutation%20%7B%20stopRunningSchedule%20%7D"


@pytest.mark.parametrize(
    ("status", "reason", "headers"),
    [
        (403, "origin 'http://evil.example'", {"origin": "http://evil.example"}),
        (403, "origin 'null'", {"origin": "null"}),
        (403, "origin 'http://localhost:1'", {"origin": "http://localhost:1"}),
        (403, "host 'evil.example", {"host": "evil.example:3000"}),
        (403, "another site", {"sec_fetch_site": "cross-site"}),
        (403, "another site", {"sec_fetch_site": "same-site"}),
        (415, "content type 'text/plain'", {"content_type": "text/plain"}),
        (415, "content type", {"content_type": "text/plain; application/json"}),
        (415, "content type", {"content_type": "application/x-www-form-urlencoded"}),
        (415, "content type", {"content_type": "multipart/form-data; boundary=x"}),
        (415, "content type", {"content_type": "application/graphql"}),
    ],
)
def test_no_other_page_releases_a_drop(port: int, status: int, reason: str, headers: dict[str, str]) -> None:
    before = n_runs(port)
    refused(post(port, LAUNCH, **headers), status, reason)
    assert n_runs(port) == before


def test_no_other_page_reports_a_check_or_a_materialisation(port: int) -> None:
    for kind in ("report_asset_check", "report_asset_materialization", "report_asset_observation"):
        path = f"/{kind}/records?check_name=entropy_law&passed=true"
        refused(ask(port, "POST", path), 415, "content type")
        form = {"content_type": "application/x-www-form-urlencoded"}
        refused(ask(port, "POST", path, "a=b", **form), 415, "content type")
        evil = {"content_type": "application/json", "origin": "http://evil.example"}
        refused(ask(port, "POST", path, {}, **evil), 403, "origin")


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json"])
@pytest.mark.parametrize("query", [MUTATION, "%7Bversion%7D"])
def test_nothing_is_asked_by_get(port: int, accept: str, query: str) -> None:
    refused(ask(port, "GET", f"/graphql?query={query}", accept=accept), 405, "GraphQL by GET")


@pytest.mark.parametrize("path", ["/%67raphql", "//graphql", "/graphql/", "/./graphql", "/x/../graphql"])
def test_no_spelling_of_the_path_asks_by_get(port: int, path: str) -> None:
    status, text, _ = ask(port, "GET", f"{path}?query=%7Bversion%7D")
    assert status in (200, 400, 404, 405)
    assert '"data"' not in text


def test_a_preflight_is_told_nothing(port: int) -> None:
    asked = {"origin": "http://evil.example", "access_control_request_method": "POST"}
    refused(ask(port, "OPTIONS", "/graphql", **asked), 403, "origin")
    refused(ask(port, "OPTIONS", "/graphql"), 405, "'OPTIONS' is not answered")
    refused(ask(port, "DELETE", "/"), 405, "'DELETE' is not answered")


def test_requests_that_no_browser_sends_are_refused_too(port: int) -> None:
    body = json.dumps(LAUNCH).encode()
    own = f"Host: localhost:{port}\r\n".encode()
    rest = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    before = n_runs(port)
    for request in (
        b"POST /graphql HTTP/1.0\r\n" + rest,
        b"POST /graphql HTTP/1.1\r\n" + own + b"Host: evil.example\r\n" + rest,
        b"POST http://evil.example/graphql HTTP/1.1\r\nHost: evil.example\r\n" + rest,
        b"POST /graphql HTTP/1.1\r\nX-Forwarded-Host: localhost\r\nHost: evil.example\r\n" + rest,
        b"POST /graphql HTTP/1.1\r\n" + own + b"Origin: http://a\r\nOrigin: http://b\r\n" + rest,
        b"POST /graphql HTTP/1.1\r\n" + own + b"Content-Type: text/plain\r\n" + rest,
    ):
        assert raw(port, request).split(b" ")[1] in (b"400", b"403", b"415"), request
    assert n_runs(port) == before


SUBSCRIPTION = "subscription { locationStateChangeEvents { event { message } } }"


def test_the_pages_websocket_is_served(port: int) -> None:
    address, own = f"ws://localhost:{port}/graphql", Origin(f"http://localhost:{port}")
    for origin in (own, None):
        with connect(address, origin=origin, subprotocols=[Subprotocol("graphql-ws")]) as websocket:
            websocket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(websocket.recv(timeout=60))["type"] == "connection_ack"
            websocket.send(
                json.dumps({"type": "start", "id": "1", "payload": {"query": "subscription { nothing }"}})
            )
            answer = json.loads(websocket.recv(timeout=60))
            assert answer["type"] == "error"
            assert "nothing" in answer["payload"]["message"]
            websocket.send(json.dumps({"type": "start", "id": "2", "payload": {"query": SUBSCRIPTION}}))


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Origin": "http://evil.example"}, "origin 'http://evil.example'"),
        ({"Origin": "null"}, "origin 'null'"),
        ({"Host": "evil.example:3000"}, "host"),
        ({"Sec-Fetch-Site": "cross-site"}, "another site"),
    ],
)
def test_no_other_page_opens_a_websocket(port: int, headers: dict[str, str], reason: str) -> None:
    with (
        pytest.raises(InvalidStatus) as caught,
        connect(
            f"ws://127.0.0.1:{port}/graphql",
            additional_headers=headers,
            subprotocols=[Subprotocol("graphql-ws")],
        ),
    ):
        pass
    assert caught.value.response.status_code == 403
    assert caught.value.response.body
    assert reason in caught.value.response.body.decode()


def test_a_missing_workspace_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-w", str(tmp_path / "no.yaml")]) == 1
    told = f"entropy-assets: {tmp_path / 'no.yaml'} is missing: write it, it says where the code server is\n"
    assert capsys.readouterr().err == told
