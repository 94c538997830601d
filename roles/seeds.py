"""The 14 roles and their permissions, as Polaris has them.

A migration puts them in; a test that empties the database calls `seed_roles` again.
"""

from typing import Any

from django.apps.registry import Apps, apps

UNHELD = ("read:gdm_clinician_auth_all", "write:clinician_migration")
"""Permissions of this service that no role holds: only system tokens carry them."""

ROLES: dict[str, list[str]] = {
    name: permissions.split()
    for name, permissions in {
        "DBM Clinician": """
            read:bg_reading read:bg_reading_all read:clinician read:clinician_all
            read:gdm_activation read:gdm_answer_all read:gdm_bg_reading_all
            read:gdm_clinician_all read:gdm_csv read:gdm_location
            read:gdm_medication read:gdm_message_all read:gdm_patient read:gdm_pdf
            read:gdm_question read:gdm_telemetry_all read:gdm_trustomer
            read:location read:location_all read:medication read:patient
            read:patient_all read:patient_csv read:question read:trustomer
            write:activation write:answer write:answer_all write:bg_reading
            write:gdm_activation write:gdm_alert write:gdm_answer_all
            write:gdm_bg_reading write:gdm_clinician write:gdm_message_all
            write:gdm_patient write:gdm_patient_all write:gdm_pdf write:gdm_sms
            write:gdm_telemetry write:gdm_terms_agreement write:message
            write:message_all write:patient write:patient_all write:telemetry
            write:terms_agreement
        """,
        "DBM Superclinician": """
            read:bg_reading read:bg_reading_all read:clinician read:clinician_all
            read:gdm_activation read:gdm_answer_all read:gdm_bg_reading_all
            read:gdm_clinician_all read:gdm_csv read:gdm_location_all
            read:gdm_medication read:gdm_message_all read:gdm_patient_all
            read:gdm_pdf read:gdm_question read:gdm_telemetry_all read:gdm_trustomer
            read:location read:location_all read:medication read:patient
            read:patient_all read:patient_csv read:question read:trustomer
            write:activation write:answer write:answer_all write:bg_reading
            write:gdm_activation write:gdm_alert write:gdm_answer_all
            write:gdm_bg_reading write:gdm_clinician_all write:gdm_message_all
            write:gdm_patient_all write:gdm_pdf write:gdm_sms write:gdm_telemetry
            write:gdm_terms_agreement write:message write:message_all write:patient
            write:patient_all write:telemetry write:terms_agreement
        """,
        "DEA Collector": """
            read:audit_event read:dbm_clinician_all read:gdm_bg_reading
            read:gdm_bg_reading_all read:gdm_clinician read:gdm_clinician_all
            read:gdm_location read:gdm_location_all read:gdm_medication
            read:gdm_patient read:gdm_patient_all read:gdm_sms read:send_clinician
            read:send_clinician_all read:send_device read:send_encounter
            read:send_location read:send_observation read:send_patient
            read:send_trustomer
        """,
        "EPR Service Adapter": """
            read:hl7_message write:hl7_message
        """,
        "GDM Administrator": """
            delete:gdm_article delete:gdm_medication read:gdm_clinician_all
            read:gdm_location_all read:gdm_medication read:gdm_question
            read:gdm_trustomer write:gdm_article write:gdm_clinician_all
            write:gdm_location write:gdm_medication write:gdm_question
            write:gdm_telemetry write:gdm_terms_agreement
        """,
        "GDM Clinician": """
            read:gdm_activation read:gdm_answer_all read:gdm_bg_reading_all
            read:gdm_clinician read:gdm_csv read:gdm_location read:gdm_medication
            read:gdm_message read:gdm_patient read:gdm_pdf read:gdm_question
            read:gdm_telemetry_all read:gdm_trustomer write:gdm_activation
            write:gdm_alert write:gdm_answer_all write:gdm_clinician
            write:gdm_message write:gdm_patient write:gdm_pdf write:gdm_sms
            write:gdm_survey write:gdm_telemetry write:gdm_terms_agreement
        """,
        "GDM Patient": """
            read:gdm_answer read:gdm_bg_reading read:gdm_medication read:gdm_message
            read:gdm_patient read:gdm_patient_abbreviated read:gdm_question
            read:gdm_rule read:gdm_survey read:gdm_telemetry read:gdm_trustomer
            write:gdm_answer write:gdm_bg_reading write:gdm_message
            write:gdm_telemetry write:gdm_terms_agreement
        """,
        "GDM Superclinician": """
            read:gdm_activation read:gdm_answer_all read:gdm_bg_reading_all
            read:gdm_clinician_all read:gdm_csv read:gdm_location_all
            read:gdm_medication read:gdm_message_all read:gdm_patient_all
            read:gdm_pdf read:gdm_question read:gdm_telemetry_all read:gdm_trustomer
            write:gdm_activation write:gdm_alert write:gdm_answer_all
            write:gdm_clinician_all write:gdm_message_all write:gdm_patient_all
            write:gdm_pdf write:gdm_sms write:gdm_survey write:gdm_telemetry
            write:gdm_terms_agreement
        """,
        "SEND Administrator": """
            read:send_clinician_all read:send_device read:send_encounter
            read:send_location read:send_trustomer write:send_clinician_all
            write:send_device write:send_location write:send_terms_agreement
        """,
        "SEND Clinician": """
            read:send_clinician read:send_encounter read:send_location
            read:send_observation read:send_patient read:send_pdf read:send_rule
            read:send_trustomer read:ward_report write:send_encounter
            write:send_observation write:send_patient write:send_terms_agreement
        """,
        "SEND Entry Clinician": """
            read:send_clinician read:send_encounter read:send_observation
            read:send_patient read:send_rule read:send_trustomer read:ward_report
            write:send_encounter write:send_observation write:send_patient
        """,
        "SEND Entry Device": """
            read:send_device read:send_entry_identifier read:send_location
        """,
        "SEND Superclinician": """
            read:send_clinician read:send_clinician_temp read:send_encounter
            read:send_location read:send_observation read:send_patient read:send_pdf
            read:send_rule read:send_trustomer read:ward_report
            write:send_clinician_temp write:send_encounter write:send_observation
            write:send_patient write:send_terms_agreement
        """,
        "System": """
            delete:gdm_article delete:gdm_medication delete:gdm_sms read:audit_event
            read:dbm_clinician_all read:error_message read:failed_request_queue
            read:gdm_activation read:gdm_answer_all read:gdm_bg_reading_all
            read:gdm_clinician_all read:gdm_location_all read:gdm_medication
            read:gdm_message_all read:gdm_patient_all read:gdm_pdf read:gdm_question
            read:gdm_rule read:gdm_sms read:gdm_survey_all read:gdm_telemetry
            read:gdm_telemetry_all read:gdm_trustomer read:hl7_message
            read:location_all read:location_by_ods read:send_clinician
            read:send_clinician_all read:send_device read:send_encounter
            read:send_entry_identifier read:send_location read:send_observation
            read:send_patient read:send_pdf read:send_rule read:send_trustomer
            read:ward_report write:audit_event write:error_message
            write:failed_request_queue write:gdm_activation write:gdm_alert
            write:gdm_article write:gdm_bg_reading write:gdm_clinician_all
            write:gdm_csv write:gdm_location write:gdm_medication
            write:gdm_message_all write:gdm_patient_all write:gdm_pdf
            write:gdm_question write:gdm_sms write:gdm_survey write:gdm_telemetry
            write:gdm_terms_agreement write:hl7_message write:location
            write:patient_csv write:send_clinician write:send_clinician_all
            write:send_device write:send_encounter write:send_location
            write:send_observation write:send_patient write:send_pdf
            write:ward_report
        """,
    }.items()
}


def seed_roles(registry: Apps = apps, using: str = "default") -> None:
    """Put in the roles, their permissions and those that no role holds.

    `registry` is the historical one inside a migration. What is there stays.
    """
    role, permission = _managers(registry, using)
    names = {*UNHELD, *(name for names in ROLES.values() for name in names)}
    permission.bulk_create(
        [permission.model(name=name) for name in sorted(names)], ignore_conflicts=True
    )
    role.bulk_create([role.model(name=name) for name in ROLES], ignore_conflicts=True)
    held = role.model.permissions.through
    held.objects.using(using).bulk_create(
        [
            held(role_id=name, permission_id=permission_name)
            for name, permission_names in ROLES.items()
            for permission_name in permission_names
        ],
        ignore_conflicts=True,
    )


def unseed_roles(registry: Apps = apps, using: str = "default") -> None:
    """Take the 14 roles out, and the permissions that no other role holds."""
    role, permission = _managers(registry, using)
    role.filter(name__in=ROLES).delete()
    names = {*UNHELD, *(name for names in ROLES.values() for name in names)}
    permission.filter(name__in=names, roles__isnull=True).delete()


def _managers(registry: Apps, using: str) -> tuple[Any, Any]:
    # Any: the historical models are made when the migration runs.
    return tuple(
        registry.get_model("roles", name)._base_manager.db_manager(using)
        for name in ("Role", "Permission")
    )
