"""The first page of the admin: what staff look at in the morning."""
