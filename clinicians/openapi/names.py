"""What the bodies of requests are called in the description of the API."""

from drf_spectacular.utils import extend_schema_serializer

from clinicians import serializers

NAMES = {
    serializers.CreateSerializer: "NewClinician",
    serializers.ProductSerializer: "NewProduct",
    serializers.PastClinicianSerializer: "PastClinician",
    serializers.PastProductSerializer: "PastProduct",
    serializers.PastAgreementSerializer: "PastTermsAgreement",
    serializers.AgreementSerializer: "NewTermsAgreement",
    serializers.UpdateSerializer: "ClinicianChanges",
    serializers.ProductChangeSerializer: "ProductChanges",
    serializers.RemoveSerializer: "MembersToRemove",
    serializers.ProductIdSerializer: "ProductToRemove",
    serializers.PasswordSerializer: "NewPassword",
}


def name_components() -> None:
    """Tell drf-spectacular the names."""
    for serializer, name in NAMES.items():
        extend_schema_serializer(component_name=name)(serializer)
