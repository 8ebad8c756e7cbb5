"""All routers of the reviewers' pages."""

from scanflow.web.review import corrections, dossier_pages, queue, search, viewer

ROUTERS = (search.router, dossier_pages.router, viewer.router, corrections.router, queue.router)
