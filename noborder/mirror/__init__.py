"""The public site as plain files, to be read from any file server or disk (docs/mirror.md)."""
