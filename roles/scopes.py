from enum import StrEnum


class Scope(StrEnum):
    """Every scope that an access rule of this service asks for (HTTP contract).

    The permissions in the database are names for other services too, and may be
    any; a rule that names a scope missing here fails when it is imported.
    """

    READ_AUDIT_EVENT = "read:audit_event"
    READ_GDM_CLINICIAN = "read:gdm_clinician"
    READ_GDM_CLINICIAN_ALL = "read:gdm_clinician_all"
    READ_GDM_CLINICIAN_AUTH_ALL = "read:gdm_clinician_auth_all"
    READ_SEND_CLINICIAN = "read:send_clinician"
    READ_SEND_CLINICIAN_ALL = "read:send_clinician_all"
    READ_SEND_CLINICIAN_TEMP = "read:send_clinician_temp"
    READ_SEND_LOCATION = "read:send_location"
    WRITE_CLINICIAN_MIGRATION = "write:clinician_migration"
    WRITE_GDM_CLINICIAN = "write:gdm_clinician"
    WRITE_GDM_CLINICIAN_ALL = "write:gdm_clinician_all"
    WRITE_GDM_TERMS_AGREEMENT = "write:gdm_terms_agreement"
    WRITE_SEND_CLINICIAN = "write:send_clinician"
    WRITE_SEND_CLINICIAN_ALL = "write:send_clinician_all"
    WRITE_SEND_CLINICIAN_TEMP = "write:send_clinician_temp"
    WRITE_SEND_PATIENT = "write:send_patient"
    WRITE_SEND_TERMS_AGREEMENT = "write:send_terms_agreement"
