"""Staff accounts in the admin, in the place of Django's pages for users and groups."""

from users_service.admin.staff.account import StaffAdmin

__all__ = ["StaffAdmin"]
