"""Addresses shown in part."""


def masked(address: str) -> str:
    """Enough to recognise an address one knows, too little to learn one: a…@e…"""
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host[:1]}…" if host else "—"
