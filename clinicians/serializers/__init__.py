"""What the bodies of requests about clinicians look like (HTTP contract)."""

from clinicians.serializers.creation import (
    AgreementSerializer,
    CreateSerializer,
    ProductSerializer,
)
from clinicians.serializers.history import (
    PastAgreementSerializer,
    PastClinicianSerializer,
    PastProductSerializer,
)
from clinicians.serializers.update import (
    PasswordSerializer,
    ProductChangeSerializer,
    ProductIdSerializer,
    RemoveSerializer,
    UpdateSerializer,
)

__all__ = [
    "AgreementSerializer",
    "CreateSerializer",
    "PasswordSerializer",
    "PastAgreementSerializer",
    "PastClinicianSerializer",
    "PastProductSerializer",
    "ProductChangeSerializer",
    "ProductIdSerializer",
    "ProductSerializer",
    "RemoveSerializer",
    "UpdateSerializer",
]
