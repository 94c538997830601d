"""Roles and permissions in the admin; every edit is audited."""

from roles.admin.permission import PermissionAdmin
from roles.admin.role import RoleAdmin

__all__ = ["PermissionAdmin", "RoleAdmin"]
