"""The lock files: everything pinned, hashed, complete, and no version of which worse is known (docs/setup.md)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_HASH = re.compile(r"\s--hash=(\S+)")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Pin:
    """One package of a lock file."""

    name: str
    version: Version
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Minimum:
    """The first version without a fault that somebody has published."""

    name: str
    version: Version
    advisory: str


def entries(text: str) -> Iterator[str]:
    """The lines of a requirements file, those that go on joined, without remarks."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        entry = re.split(r"(?:^|\s)#", line)[0].strip()
        if entry:
            yield entry


def pins(text: str) -> Iterator[Pin | str]:
    """The packages of a lock file; a sentence for each entry that pins none."""
    for entry in entries(text):
        wanted, hashes = _HASH.sub("", entry), tuple(_HASH.findall(entry))
        try:
            requirement = Requirement(wanted)
        except InvalidRequirement:
            yield f"{wanted} is no package with a version"
            continue
        exact = [spec for spec in requirement.specifier if spec.operator == "==" and "*" not in spec.version]
        if requirement.url or len(requirement.specifier) != 1 or not exact:
            yield f"{wanted} is not pinned to one version"
        elif not hashes or not all(map(_SHA256.fullmatch, hashes)):
            yield f"{wanted} has no hash, or one that is not SHA-256"
        else:
            yield Pin(canonicalize_name(requirement.name), Version(exact[0].version), hashes)


def minima(text: str) -> list[Minimum]:
    rows = [line.split(maxsplit=2) for line in entries(text)]
    return [Minimum(canonicalize_name(name), Version(version), advisory) for name, version, advisory in rows]


def faults(files: Mapping[str, str], known: str) -> Iterator[str]:
    """What is wrong with the lock files in *files* (each `x.txt` beside its `x.in`), by the table *known*."""
    pinned: dict[str, Pin] = {}
    for name, text in files.items():
        if not name.endswith(".txt"):
            continue
        here: dict[str, Pin] = {}
        for pin in pins(text):
            if isinstance(pin, str):
                yield f"{name}: {pin}"
                continue
            here[pin.name] = pin
            if pinned.setdefault(pin.name, pin) != pin:
                yield f"{name}: {pin.name} is another one than in the other lock files"
        yield from (f"{name}: {fault}" for fault in _lacking(files[f"{name[:-4]}.in"], here))
    for minimum in minima(known):
        if minimum.name not in pinned:
            yield f"the table of minimum versions names {minimum.name}, which is not used any more"
        elif pinned[minimum.name].version < minimum.version:
            yield f"{minimum.name} {pinned[minimum.name].version} is below {minimum.version}: {minimum.advisory}"


def _lacking(source: str, pinned: Mapping[str, Pin]) -> Iterator[str]:
    """What is asked for and not pinned; of packages that are installed here, also what they need themselves."""
    asked = [Requirement(entry) for entry in entries(source) if not entry.startswith("-r ")]
    extras: dict[str, set[str]] = {canonicalize_name(requirement.name): requirement.extras for requirement in asked}
    for pin in pinned.values():
        asked += _needed(pin.name, extras.get(pin.name, set()))
    for requirement in asked:
        pin_of_it = pinned.get(canonicalize_name(requirement.name))
        if pin_of_it is None or not requirement.specifier.contains(pin_of_it.version, prereleases=True):
            yield f"{requirement} is needed and not pinned"


def _needed(name: str, extras: set[str]) -> list[Requirement]:
    try:
        needed = [Requirement(text) for text in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError:
        return []
    environments = [{"extra": extra} for extra in ["", *extras]]
    return [
        requirement
        for requirement in needed
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments))
    ]
