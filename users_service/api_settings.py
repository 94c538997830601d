"""Settings of Django REST framework, and of the OpenAPI document."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["roles.authentication.BearerAuthentication"],
    "DEFAULT_PARSER_CLASSES": ["users_service.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["users_service.api.renderers.OrjsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "roles.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "users_service.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Clinician user store",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": ["users_service.openapi.complete"],
    # The body of a PATCH is described as what it is, not as a partial one of another.
    "COMPONENT_SPLIT_PATCH": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SORT_OPERATION_PARAMETERS": False,
}
