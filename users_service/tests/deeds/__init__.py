"""Every way to change the store: how it is gone, and what the trail says then."""

from users_service.tests.deeds import (
    of_clinicians,
    of_commands,
    of_logins,
    of_staff,
    of_staff_accounts,
    of_staff_actions,
    of_staff_pages,
)
from users_service.tests.deeds.table import DEEDS, READS, UNAUDITED, Entry, Perform

# Importing the modules fills the table.
__all__ = [
    "DEEDS",
    "READS",
    "UNAUDITED",
    "Entry",
    "Perform",
    "of_clinicians",
    "of_commands",
    "of_logins",
    "of_staff",
    "of_staff_accounts",
    "of_staff_actions",
    "of_staff_pages",
]
