"""Whatever is typed into an address or a field, nobody gets an error of ours."""

import pytest
from django.test import Client

from tests.security.addresses import World, addresses, whose

ODD = ["\0", "\x01\r\nSet-Cookie: a=b", "\ud800", "９" * 30, "9" * 5000, "ß", "-1", "%", "../..", "a:b:c", "🏴" * 9]
NAMES = ["q", "country", "city", "day", "kind", "lang", "after", "event", "change", "next", "confirmed", "e", "p", "o"]


GAPS = (
    *("actor_id", "public_id", "slug", "language", "country", "key", "pk", "token", "app_label", "url"),
    *("content_type_id", "object_id", "width", "number"),
)


@pytest.fixture
def clients(world: World) -> dict[str, Client]:
    """Whoever gets furthest at each address; for all others it ends earlier."""
    clients = {role: world.client(role) for role in set(map(whose, addresses()))}
    for client in clients.values():
        client.raise_request_exception = False
    return clients


# In the short run an address meets one odd query of so many; the fuzzer (test_fuzz.py) sends it others.
SHORT_EVERY = 4


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_an_odd_query_is_no_error_of_ours(odd: str, world: World, clients: dict[str, Client], is_long: bool) -> None:
    query = dict.fromkeys(NAMES, odd.encode("utf-8", "surrogatepass"))
    for number, address in enumerate(addresses(), start=ODD.index(odd)):
        if address.route.startswith("admin/") or (number % SHORT_EVERY and not is_long):
            continue
        response = clients[whose(address)].get(world.path(address), query, follow=True)
        assert response.status_code < 500, address.name


@pytest.mark.parametrize("gap", ["%00", "%ff", "%0d%0a", "9" * 30, "9" * 5000, "%F0%9F%8F%B4"], ids=ascii)
def test_an_odd_part_of_an_address_is_no_error_of_ours(gap: str, clients: dict[str, Client]) -> None:
    for address in addresses():
        path = address.path(dict.fromkeys(GAPS, gap))
        if gap not in path:
            continue
        assert clients[whose(address)].get(path).status_code < 500, path[:80]


@pytest.mark.parametrize("charset", ["base64", "utf-7", "utf-16", "idna", "undefined", "nothing", "utf-8"])
def test_an_odd_charset_is_no_error_of_ours(charset: str, world: World) -> None:
    client = Client(raise_request_exception=False)
    body = '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n+2AA-@example.org\r\n--x--\r\n'
    for path in ("/en/register/", "/en/reminders/", "/accounts/login/"):
        for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            odd = {"content_type": f"{kind}; charset={charset}"}
            assert client.generic("POST", path, body.encode(), **odd).status_code < 500, (path, kind)
            assert client.generic("GET", f"{path}?q=%FF", b"", **odd).status_code < 500, (path, kind)


@pytest.mark.parametrize("length", ["x", "-1", "1e3"])
def test_a_length_that_is_no_number_is_no_error_of_ours(length: str, world: World) -> None:
    for path in ("/organise/invitations/none/", "/en/register/"):
        assert world.client("anonymous").post(path, {}, CONTENT_LENGTH=length).status_code == 400
