"""Encrypted copies of the database and the way back (docs/backup.md)."""
