"""What changes the store: each write names its actor and owns its transaction."""
