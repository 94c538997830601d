"""Moving clinicians in quantity: files and other databases in, files out."""
