"""What pages of the admin have in common, whichever app they belong to."""
