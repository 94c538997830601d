"""How the routes about clinicians are described."""
