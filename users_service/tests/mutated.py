"""Which modules are changed to try the tests, and which tests then run.

Those of a module, the closest first: a mutant is done with at the first failure. Slow
ones that notice nothing the others do not are left out (live servers, other processes).
"""

_ROLES = "roles/tests/test_"
_STORE = "clinicians/tests/test_"
_SERVICE = "users_service/tests/test_"


def _in(place: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{place}{name}.py" for name in names)


_TOKENS = _in(_ROLES, "tokens", "issuers", "auth0", "platform_keys", "claims")
# The first of these stops an attempt that would wait for ever.
_LOCK_OUT = _in(_STORE, "lockout_places", "lockout", "unlock")
_FIELDS = _in(
    _SERVICE,
    *("api_spared", "api_fields", "api_serializers", "api_validation", "api_quick"),
)
_ITEMS = _in(_STORE, "import_items", "bulk_refused", "bulk", "quick_checks")
_BODIES = _in(_STORE, "create_types", "create", "create_body", "terms")
_FILES = _in(
    _STORE,
    *("import_items", "import_reports", "import_command", "csv_columns", "reading_csv"),
)

AREAS: dict[str, dict[str, tuple[str, ...]]] = {
    "Access rules": {
        "roles/access.py": _in(_ROLES, "access", "callers", "viewsets"),
        "roles/access_checks.py": _in(_ROLES, "access_checks", "issuers"),
        "roles/callers.py": _in(_ROLES, "callers", "claims", "access")
        + _in(_STORE, "update_rules", "create_rules", "admin_page_saved"),
        "roles/viewsets.py": _in(_ROLES, "viewsets", "query")
        + _in(_SERVICE, "every_route"),
        "clinicians/services/rules.py": _in(
            _STORE, "create_rules", "update_rules", "hardening", "read_one", "update"
        ),
        "clinicians/views/clinician.py": _in(_SERVICE, "every_route")
        + _in(_STORE, "create", "read_one", "update_rules", "update", "remove"),
        "clinicians/views/lists.py": _in(_SERVICE, "every_route")
        + _in(_STORE, "read_forms", "lists", "read_many", "etag"),
    },
    "Tokens": {
        "roles/tokens.py": _TOKENS + _in(_ROLES, "tokens_remembered"),
        "roles/claims.py": _in(_ROLES, "claims", "tokens"),
        "roles/issuers.py": _TOKENS,
        "roles/jwks.py": _in(_ROLES, "jwks", "jwks_times", "auth0"),
        "roles/authentication.py": _in(_ROLES, "viewsets", "tokens"),
        "roles/minting.py": _in(_ROLES, "issue_token"),
    },
    "Passwords": {
        "clinicians/passwords.py": _in(
            _STORE, "passwords", "hashers", "credentials", "hash_turns", "login_cost"
        ),
        "clinicians/hashers.py": _in(
            _STORE, "hashers", "stored_hashes", "stored_hash_limits", "passwords"
        ),
        "clinicians/services/credentials.py": _in(
            _STORE, "credentials", "password", "hash_turns", "admin_password"
        ),
        "clinicians/services/login.py": _in(
            _STORE,
            *("login_whole", "login", "login_header", "lockout"),
            *("hash_turns", "erasure_races", "login_cost"),
        ),
    },
    "Lock-out": {
        "clinicians/services/lockout.py": _LOCK_OUT + _in(_STORE, "login_cost"),
        "clinicians/models/guard.py": _LOCK_OUT + _in(_SERVICE, "migrations_complete"),
        "users_service/staff_lockout.py": _in(
            _SERVICE, "staff_lockout", "staff_logins"
        ),
    },
    "Import validators": {
        "users_service/api/quick.py": _FIELDS,
        "users_service/api/fields.py": _FIELDS,
        "users_service/api/serializers.py": _FIELDS + _in(_STORE, "quick_checks"),
        "users_service/api/validation.py": _FIELDS,
        "clinicians/serializers/checking.py": _ITEMS,
        "clinicians/serializers/parts.py": _BODIES + _ITEMS + _in(_STORE, "update"),
        "clinicians/serializers/creation.py": _BODIES + _ITEMS,
        "clinicians/serializers/history.py": _ITEMS + _FILES,
        "clinicians/transfer/checking.py": _FILES,
        "clinicians/transfer/faults.py": _FILES
        + _in(_STORE, "reading_files", "reading_json"),
    },
}
"""Area to module to tests; paths from the project's folder."""
