"""Pages of the admin about what no single app of clinicians and roles owns."""

from users_service.admin import audit, events, second_factor, staff

__all__ = ["audit", "events", "second_factor", "staff"]
