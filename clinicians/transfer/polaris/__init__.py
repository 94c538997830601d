"""Moving over from a Polaris (DHOS) Users API."""
