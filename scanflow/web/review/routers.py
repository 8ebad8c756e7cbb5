"""All routers of the reviewers' pages."""

from scanflow.web.review import corrections, dossier_pages, viewer

ROUTERS = (dossier_pages.router, viewer.router, corrections.router)
