"""All routers of the reviewers' pages."""

from scanflow.web.review import (
    arranging,
    corrections,
    dossier_pages,
    figures,
    log,
    looking_closer,
    quarantine,
    queue,
    runs,
    search,
    uploads,
    viewer,
)

ROUTERS = (
    search.router,
    dossier_pages.router,
    viewer.router,
    looking_closer.router,
    corrections.router,
    arranging.router,
    queue.router,
    quarantine.router,
    figures.router,
    runs.router,
    uploads.router,
    log.router,
)
