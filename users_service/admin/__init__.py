"""Pages of the admin about what no single app owns."""

from users_service.admin import journal

__all__ = ["journal"]
