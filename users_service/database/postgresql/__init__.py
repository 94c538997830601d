"""Django's backend for PostgreSQL, for servers that take over from one another."""
