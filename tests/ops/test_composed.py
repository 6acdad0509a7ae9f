"""The site of docker-compose.yml from outside: what the proxy keeps, hides, refuses and hands on."""

import re
import time
from urllib.parse import urlencode

import pytest
from redis import Redis

from accounts import limits
from noborder.embedded.processes import wait_until
from tests.ops.composed import ONION, ORGANISER, Answer, Composed

pytestmark = [pytest.mark.xdist_group("composed"), pytest.mark.django_db(transaction=True)]
PATIENCE = 300
YEAR = 365 * 24 * 3600


def cache_said(site: Composed, area: str, requests: int) -> list[str]:
    """What the proxy's cache had to say to that many requests below an area: it is in the log, and in no answer."""

    def found() -> list[str]:
        lines = [line.split() for line in site.access_log()]
        return [line[-1] for line in lines if line[2] == area]

    assert wait_until(lambda: len(found()) >= requests, seconds=PATIENCE), site.said()
    return found()


def cookies(jar: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def token(page: Answer) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found is not None, page
    return found[1]


def test_a_public_page_is_kept_by_the_proxy_whose_log_names_nobody(composed: Composed) -> None:
    path = "/en/countries/pl/?day=2027-10-11"
    answers = [composed.ask(path, Accept_Encoding=encoding) for encoding in ("br", "gzip, br", "gzip", "gzip;q=0")]
    assert [(answer.status, answer.headers.get("content-encoding")) for answer in answers] == [
        (200, "br"),
        (200, "br"),
        (200, "gzip"),
        (200, None),
    ]
    assert answers[0].body == answers[1].body
    again = composed.ask(path, Accept_Encoding="br", Cookie="__Host-session=stranger; django_language=pl")
    assert again == answers[0]
    assert "HIT" in cache_said(composed, "/en/countries/", 5)
    log = "\n".join(composed.access_log())
    assert [word for word in ("127.0.0.1", "2027-10", "day=", "/pl/") if word in log] == []


def test_what_is_for_one_visitor_is_never_kept(composed: Composed) -> None:
    tokens = {composed.ask("/en/register/").cookies["__Host-csrf"] for _visitor in range(3)}
    assert len(tokens) == 3
    assert set(cache_said(composed, "/en/register/", 3)) == {"MISS"}


def test_the_site_s_own_headers_arrive_and_the_proxy_tells_nothing_of_itself(composed: Composed) -> None:
    through, direct = composed.ask("/en/call/"), composed.ask("/en/call/", door="web")
    added = {"server", "connection", "transfer-encoding", "content-length"}
    assert {name: value for name, value in through.headers.items() if name not in added} == {
        name: value for name, value in direct.headers.items() if name not in added
    }
    assert through.headers["server"] == "nginx"
    assert {"content-security-policy", "strict-transport-security", "x-frame-options"} <= through.headers.keys()


def test_plain_http_leads_to_https(composed: Composed) -> None:
    answer = composed.ask("/en/?q=1", door="http", Host="localhost")
    assert (answer.status, answer.headers["location"]) == (301, "https://localhost/en/?q=1")


def test_static_files_are_kept_for_a_year_and_come_packed(composed: Composed) -> None:
    style = re.search(r'href="(/static/css/[^"]+)"', composed.ask("/en/call/").text)
    assert style is not None
    answers = [composed.ask(style[1], Accept_Encoding="br", Cookie="a=b") for _time in range(4)]
    assert (answers[0].status, answers[0].headers["content-encoding"]) == (200, "br")
    assert f"max-age={10 * YEAR}" in answers[0].headers["cache-control"]
    assert answers[1:] == answers[:-1]
    assert "HIT" in cache_said(composed, "/static/", 4)


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/readyz"])
def test_what_watches_over_the_site_is_not_to_be_seen_from_outside(composed: Composed, path: str) -> None:
    assert [composed.ask(path, door=door, Host="localhost").status for door in ("https", "onion")] == [404, 404]


def test_foreign_hosts_are_refused(composed: Composed) -> None:
    assert composed.ask("/en/about/", Host="evil.example").status == 400
    assert "evil" not in composed.ask("/en/about/", X_Forwarded_Host="evil.example").text


def test_a_log_in_by_mail_passes_all_of_the_services(composed: Composed) -> None:
    """Form, code by the mail worker, session; and the visitor's network is the one that the proxy has seen."""
    spoofed = "203.0.113.7"
    form = composed.ask("/accounts/login/")
    jar = form.cookies
    sent = composed.ask(
        "/accounts/login/",
        "POST",
        body=urlencode({"csrfmiddlewaretoken": token(form), "email": ORGANISER}).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookies(jar),
        Origin=composed.url,
        X_Forwarded_For=spoofed,
        Forwarded=f"for={spoofed}",
        X_Real_IP=spoofed,
    )
    assert (sent.status, sent.headers["location"]) == (302, "/accounts/login/code/")

    def codes() -> list[str]:
        texts = [mail["text"] for mail in composed.accepted if mail["to"] == ORGANISER]
        return re.findall(r"\b\d{6}\b", "\n".join(texts))

    assert wait_until(codes, seconds=PATIENCE), composed.said()
    jar |= sent.cookies
    form = composed.ask("/accounts/login/code/", Cookie=cookies(jar))
    entered = composed.ask(
        "/accounts/login/code/",
        "POST",
        body=urlencode({"csrfmiddlewaretoken": token(form), "code": codes()[-1]}).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookies(jar | form.cookies),
        Origin=composed.url,
    )
    assert entered.status == 302
    room = composed.ask("/organise/", Cookie=cookies(jar | entered.cookies))
    assert (room.status, room.headers["cache-control"]) == (200, "private, no-store")

    counted = Redis(port=composed.ports["redis"], db=0)
    here, there = (
        limits._key(limits.CODES_FROM_NETWORK, limits.network_of({"REMOTE_ADDR": address}))
        for address in ("127.0.0.1", spoofed)
    )
    assert (counted.exists(here), counted.exists(there)) == (1, 0)


def test_forms_can_be_sent_over_the_onion_address(composed: Composed) -> None:
    form = composed.ask("/accounts/login/", door="onion", Host=ONION)
    sent = composed.ask(
        "/accounts/login/",
        "POST",
        door="onion",
        body=urlencode({"csrfmiddlewaretoken": token(form), "email": "nobody@example.org"}).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookies(form.cookies),
        Host=ONION,
        Origin=f"http://{ONION}",
    )
    assert sent.status == 302


def test_an_outage_of_the_site_shows_what_is_kept_and_then_says_so(composed: Composed, is_long: bool) -> None:
    path = "/en/dossier/"
    page = composed.ask(path)

    def is_stale() -> bool:
        assert composed.ask(path) == page
        return cache_said(composed, path, 2)[-1] == "STALE"

    composed.stop("web")
    try:
        # Some five seconds: nginx counts whole ones.
        assert wait_until(is_stale, seconds=PATIENCE, pause=0.5), composed.said()
        away = composed.ask("/en/archive/")
        assert (away.status, away.headers["retry-after"], away.headers["cache-control"]) == (503, "10", "no-store")
        if is_long:
            time.sleep(31)
            assert composed.ask(path).status == 503
    finally:
        composed.start("web")
        composed.wait_for("https")
