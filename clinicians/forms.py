"""The shapes that a clinician is shown in, each made by one SQL statement.

A form is one shape of the clinician in the HTTP or the events contract. Each is what a
SELECT from TABLE has for a clinician: id, version, whether temporary, and the finished
JSON text, made once per database when this module is imported. Passwords are in none of
them but BACKUP, which no route shows.
"""

from enum import Enum

from clinicians.dialects import DIALECTS, Dialect
from clinicians.models import REQUIRED, SCALARS


class Form(Enum):
    """A shape of the clinician."""

    FULL = "full"
    COMPACT = "compact"
    LIST = "list"
    LIST_COMPACT = "list_compact"
    LOGIN = "login"
    EVENT = "event"
    EXPORT = "export"
    """All that is stored, as an import takes it; with the password it is BACKUP."""
    BACKUP = "backup"


BOOLEANS = ("login_active", "can_edit_ews", "can_edit_encounter", "analytics_consent")
COMPACT_COLUMNS = ("job_title", "email_address", "first_name", "last_name")
DATED_VERSIONS = {
    "version": "accepted_timestamp",
    "tou_version": "tou_accepted_timestamp",
    "patient_notice_version": "patient_notice_accepted_timestamp",
}


class _Columns:
    """Makes the columns of every form for one database."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def columns(self, form: Form) -> str:
        """Return what stands between SELECT and FROM."""
        members = getattr(self, form.value)()
        document = self.dialect.text(self.dialect.record(members))
        if form is Form.FULL:
            document = self._with_consent(document)
        if form in (Form.EXPORT, Form.BACKUP):
            document = self._with_mark(document)
        return f"c.uuid, c.version, c.contract_expiry_eod_date IS NOT NULL, {document}"

    def full(self) -> dict[str, str]:
        terms = {"terms_agreement": self._terms()}
        return {
            **self._columns("c", *COMPACT_COLUMNS),
            **self._columns(
                "c",
                "send_entry_identifier",
                "nhs_smartcard_number",
                "professional_registration_number",
                "agency_name",
                "agency_staff_employee_number",
                "contract_expiry_eod_date",
                "phone_number",
            ),
            **self._booleans("login_active", "can_edit_ews", "can_edit_encounter"),
            **self._sets("locations", "groups", "bookmarks", "bookmarked_patients"),
            "products": self._products(digits=3, offset="Z"),
            **terms,
            **self._identifiers("c"),
        }

    def compact(self) -> dict[str, str]:
        return {**self._columns("c", *COMPACT_COLUMNS), **self._identifiers("c")}

    def list_compact(self) -> dict[str, str]:
        return {
            **self.compact(),
            **self._columns("c", "send_entry_identifier", "contract_expiry_eod_date"),
            **self._booleans("login_active"),
            **self._sets("groups"),
        }

    def list(self) -> dict[str, str]:
        return {**self.list_compact(), **self._sets("locations")}

    def login(self) -> dict[str, str]:
        return {
            "user_id": "c.uuid",
            **self._columns("c", "email_address", "job_title"),
            **self._booleans("can_edit_ews", "can_edit_encounter"),
            **self._sets("groups", "permissions"),
            "products": self._products(
                digits=3, offset="Z", condition="AND p.closed_date IS NULL"
            ),
        }

    def event(self) -> dict[str, str]:
        return {
            **self._columns(
                "c", "job_title", "send_entry_identifier", "contract_expiry_eod_date"
            ),
            **self._booleans("login_active"),
            **self._sets("locations", "groups"),
            "products": self._products(digits=6, offset="+00:00"),
            **self._identifiers("c", digits=6, offset="+00:00"),
        }

    def export(self) -> dict[str, str]:
        scalars = [name for name in SCALARS if name not in BOOLEANS]
        return {
            **self._identifiers("c", digits=6),
            **self._columns("c", *scalars),
            **self._booleans(*BOOLEANS),
            **self._sets("groups", "locations", "bookmarks", "bookmarked_patients"),
            "products": self._products(
                digits=6, offset="Z", more=("closed_reason", "closed_reason_other")
            ),
            "terms_agreements": self._agreements(),
        }

    def backup(self) -> dict[str, str]:
        return {**self.export(), "password": "c.password"}

    def _columns(self, alias: str, *names: str) -> dict[str, str]:
        return {name: f"{alias}.{name}" for name in names}

    def _booleans(self, *names: str) -> dict[str, str]:
        return {name: self.dialect.boolean(f"c.{name}") for name in names}

    def _identifiers(
        self, alias: str, digits: int = 3, offset: str = "Z"
    ) -> dict[str, str]:
        return {
            **self._columns(alias, "uuid", "created_by", "modified_by"),
            **{
                name: self.dialect.timestamp(f"{alias}.{name}", digits, offset)
                for name in ("created", "modified")
            },
        }

    def _sets(self, *names: str) -> dict[str, str]:
        return {
            name: self.dialect.array("x.member", f"{SETS[name]} ORDER BY 1")
            for name in names
        }

    def _products(
        self,
        *,
        digits: int,
        offset: str,
        condition: str = "",
        more: tuple[str, ...] = (),
    ) -> str:
        members = {
            **self._columns("x", "product_name", "opened_date", "closed_date", *more),
            **self._identifiers("x", digits, offset),
        }
        where = f"p.clinician_id = c.uuid {condition}"
        rows = f"SELECT p.* FROM clinicians_product p WHERE {where} ORDER BY p.id"  # noqa: S608
        return self.dialect.array(self.dialect.record(members), rows)

    def _terms(self) -> str:
        members = {"product_name": "x.product_name", **self._identifiers("x")}
        for version, moment in DATED_VERSIONS.items():
            stamp = self.dialect.timestamp(f"x.{moment}", 3, "+00:00")
            members[version] = f"x.{version}"
            members[moment] = f"CASE WHEN x.{version} IS NOT NULL THEN {stamp} END"
        agreement = self.dialect.without_nulls(self.dialect.record(members))
        return self.dialect.mapping("x.product_name", agreement, LATEST_AGREEMENTS)

    def _agreements(self) -> str:
        """Return all agreements, where `_terms` has the latest per product."""
        members = {"product_name": "x.product_name", **self._identifiers("x", 6)}
        for version, moment in DATED_VERSIONS.items():
            members[version] = f"x.{version}"
            members[moment] = self.dialect.timestamp(f"x.{moment}", 6, "Z")
        agreement = self.dialect.without_nulls(self.dialect.record(members))
        return self.dialect.array(agreement, AGREEMENTS)

    def _with_mark(self, document: str) -> str:
        """Mark a clinician who lacks what a new one needs."""
        return (
            f"CASE WHEN {LACKING} THEN '{{\"as_stored\": true, ' ELSE '{{' END"
            f" || substr({document}, 2)"
        )

    def _with_consent(self, document: str) -> str:
        """Add analytics_consent, which is left out when it is null."""
        return (
            "'{' || CASE WHEN c.analytics_consent IS NULL THEN ''"
            " WHEN c.analytics_consent THEN '\"analytics_consent\": true, '"
            " ELSE '\"analytics_consent\": false, ' END"
            f" || substr({document}, 2)"
        )


SETS = {
    "locations": (
        "SELECT location_id AS member FROM clinicians_clinicianlocation"
        " WHERE clinician_id = c.uuid"
    ),
    "groups": (
        "SELECT role_id AS member FROM clinicians_clinicianrole"
        " WHERE clinician_id = c.uuid"
    ),
    "bookmarks": (
        "SELECT location_id AS member FROM bookmarks_locationbookmark"
        " WHERE clinician_id = c.uuid"
    ),
    "bookmarked_patients": (
        "SELECT patient_id AS member FROM bookmarks_patientbookmark"
        " WHERE clinician_id = c.uuid"
    ),
    "permissions": (
        "SELECT DISTINCT rp.permission_id AS member FROM clinicians_clinicianrole cr"
        " JOIN roles_role r ON r.name = cr.role_id AND r.recognised"
        " JOIN roles_role_permissions rp ON rp.role_id = r.name"
        " WHERE cr.clinician_id = c.uuid"
    ),
}

LATEST_AGREEMENTS = (
    "SELECT * FROM (SELECT t.*, row_number() OVER (PARTITION BY t.product_name"
    " ORDER BY t.version DESC NULLS LAST, t.created DESC, t.id DESC) AS place"
    " FROM clinicians_termsagreement t WHERE t.clinician_id = c.uuid) ranked"
    " WHERE place = 1"
)

AGREEMENTS = (
    "SELECT t.* FROM clinicians_termsagreement t WHERE t.clinician_id = c.uuid"
    " ORDER BY t.id"
)

LACKING = " OR ".join(
    [
        *(f"c.{name} IS NULL" for name in REQUIRED),
        "NOT EXISTS (SELECT 1 FROM clinicians_product p WHERE p.clinician_id = c.uuid)",
    ]
)
"""Whether a clinician lacks what a new one needs."""

TABLE = "clinicians_clinician c"

COLUMNS = {
    (vendor, form): _Columns(dialect).columns(form)
    for vendor, dialect in DIALECTS.items()
    for form in Form
}
