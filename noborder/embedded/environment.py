"""The variables that noborder/settings.py reads, as the launchers give them to what they start."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from noborder.embedded.places import CHECKOUT, Place

# While `up` runs, bootstrap.py gives these variables to every other command of this checkout.
RUNNING = CHECKOUT / "var" / "running.json"


def variables(mode: str, place: Place, addresses: Mapping[str, str], *, port: int = 8000) -> dict[str, str]:
    """All settings of the site at `place`; what the caller's environment says itself goes before."""
    ours = {
        "NOBORDER_MODE": mode,
        "SITE_URL": f"http://localhost:{port}",
        "EMAIL_URL": f"maildir://{place.mail}",
        "STATIC_ROOT": str(place.static),
        **kept_secrets(place.data / "secrets.json"),
        **addresses,
    }
    return {name: os.environ.get(name, value) for name, value in ours.items()}


def process_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that runs the site with `settings`, not as a launcher."""
    return os.environ | settings | {"DJANGO_SETTINGS_MODULE": "noborder.settings", "PYTHONUNBUFFERED": "1"}


def kept_secrets(path: Path) -> dict[str, str]:
    """Keys made once and kept with the data that they seal."""
    if not path.exists():
        made = {"SECRET_KEY": secrets.token_urlsafe(48), "SEAL_KEYS": f"k1:{new_key()}", "HASH_KEY": new_key()}
        write_private(path, made)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def new_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def write_private(path: Path, content: object) -> None:
    """Write JSON to a file that nobody else can read at any time."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    draft.replace(path)
