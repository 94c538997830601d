"""When the sessions of staff end: a while after the last page, and half a day at most.

Django knows one age for both, which either every page prolongs or none.
"""

import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

SEEN = "staff_seen"
"""Of a session: when a page was last asked for, in seconds since 1970."""

NOTED_SECONDS = 60
"""Asked for again within these, a page writes nothing down."""


@receiver(user_logged_in)
def begin(request: HttpRequest, **_kwargs: Any) -> None:
    """Have the session end at a time that nothing moves, the second factor included."""
    age = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    request.session.set_expiry(timezone.now() + age)
    request.session[SEEN] = time.time()


def end_if_idle(session: SessionBase) -> None:
    """End the session of somebody who is logged in and has been away for too long."""
    if SESSION_KEY not in session:
        return
    idle = time.time() - session.get(SEEN, 0)
    if idle > settings.STAFF_IDLE_SECONDS:
        session.flush()
    elif idle > NOTED_SECONDS:
        session[SEEN] = time.time()
