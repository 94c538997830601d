"""Django's backend for SQLite, for many writers of one file."""
