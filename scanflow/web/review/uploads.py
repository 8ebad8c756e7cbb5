"""The page on which files are dropped: PDFs, photographs and scans, into a dossier or the queue.

The files themselves go to `/api/v1/uploads` in pieces (`scanflow.web.api.uploads`).
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from scanflow.web.rendering import page
from scanflow.web.review.reviewing import Corrector
from scanflow.web.viewing import ViewRoute, shows_nothing

router = APIRouter(prefix="/review/uploads", route_class=ViewRoute)

ACCEPTED = ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.webp,.heic,.heif,.docx"
"""File types that the browser's dialog offers; the real format is found from a file's content."""


@router.get("")
@shows_nothing
def uploads_page(
    request: Request, _who: Corrector, dossier: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    return page(request, "review/uploads.html", dossier=dossier, accepted=ACCEPTED)
