"""R14: no table that the site gives away holds what a spreadsheet would work out. Each cell alone:
tests/moderation/test_export.py."""

import csv
import io
from itertools import cycle

from tests.moderation.test_export import FORMULAS
from tests.security.addresses import World, addresses, whose
from tests.security.typed import type_everywhere

FIRST = set("=+-@＝＋－＠\t\r\n")


def test_no_cell_of_any_table_begins_like_a_formula(world: World) -> None:
    type_everywhere(cycle(FORMULAS))
    clients = {role: world.client(role) for role in set(map(whose, addresses()))}
    tables, cells = [], 0
    for address in addresses():
        if "csv" not in address.route and not address.route.endswith(".xls"):
            continue
        response = clients[whose(address)].get(world.path(address))
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        tables.append(address.name)
        for row in csv.reader(io.StringIO(text, newline="")):
            cells += len(row)
            assert [cell for cell in row if cell[:1] in FIRST and cell] == []
            assert [cell for cell in row if cell.lstrip(" \"'“\u200b")[:1] in FIRST and not cell.startswith("'")] == []
        assert all(line.startswith('"') for line in text.splitlines()[:1])
    assert "moderation:decisions_csv" in tables
    assert cells > 12
