"""The second factor of staff: six digits from an app on their phone (django-otp)."""
