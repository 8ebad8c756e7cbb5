"""Ends sessions of single sign-on when the provider no longer confirms the person."""

from datetime import timedelta

import httpx

from scanflow.archive.catalog import Catalog
from scanflow.archive.people import user_sessions
from scanflow.clock import now
from scanflow.errors import DeniedError
from scanflow.logs import get_logger
from scanflow.web.sso import NotConfirmedError, Provider

log = get_logger(__name__)

EVERY_SECONDS = 30.0


def check_sessions(catalog: Catalog, provider: Provider, every: timedelta) -> int:
    """Ask the provider about all sessions that were last checked so long ago; how many it ended.

    Any number of servers may do so: each session is asked about by one. Where the provider can't be reached
    no session ends, and all are due again.
    """
    before, ended = now() - every, 0
    while (session := user_sessions.take_unchecked(catalog, before)) is not None:
        try:
            refresh = provider.ask_again(session.refresh)
        except NotConfirmedError:
            user_sessions.end_unconfirmed(catalog, session)
            ended += 1
        except (DeniedError, httpx.HTTPError) as error:
            user_sessions.note_not_checked(catalog, session)
            log.warning("single sign-on can't be asked", reason=type(error).__name__)
            return ended
        else:
            user_sessions.note_confirmed(catalog, session, refresh)
    return ended
