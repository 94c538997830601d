"""What belongs to a clinician and takes a table on the clinician's page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clinicians.admin.forms import DATES, ProductForm, ProductFormSet
from clinicians.models import Product, TermsAgreement
from users_service.pages.read_only import ReadOnly


class ProductInline(admin.TabularInline):  # type: ignore[type-arg]
    """Products, in the order they were added; a row for the first of a new clinician.

    Whoever may change the clinician may change them.
    """

    model = Product
    form = ProductForm
    formset = ProductFormSet
    formfield_overrides = DATES
    template = "admin/clinicians/clinician/products.html"
    ordering = ("id",)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return how many empty rows the page starts with."""
        return 1 if obj is None else 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the clinician may be changed, or added."""
        return _may_edit(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the clinician may be changed, or added."""
        return _may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the clinician may be changed, or added."""
        return _may_edit(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the clinician may be seen."""
        return request.user.has_perm("clinicians.view_clinician")


class AgreementInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Terms agreements, the older ones as well."""

    model = TermsAgreement
    verbose_name_plural = "terms agreements"
    fields = (
        "product_name",
        "version",
        "accepted_timestamp",
        "tou_version",
        "tou_accepted_timestamp",
        "patient_notice_version",
        "patient_notice_accepted_timestamp",
    )
    ordering = ("product_name", "id")
    template = "admin/clinicians/clinician/agreements.html"


def _may_edit(request: HttpRequest, clinician: Any) -> bool:
    verb = "add" if clinician is None else "change"
    return request.user.has_perm(f"clinicians.{verb}_clinician")
