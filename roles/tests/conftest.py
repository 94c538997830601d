from roles.tests.key_server import key_server

__all__ = ["key_server"]
