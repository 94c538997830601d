"""What staff do to the clinicians that they chose in the list."""

from clinicians.admin.actions.changes import ClinicianActions

__all__ = ["ClinicianActions"]
