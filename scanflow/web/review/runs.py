"""The pages of nightly runs: the result of each, examples, stop, undo."""

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.review import runs
from scanflow.web.addresses import dossier_address
from scanflow.web.authentication import clerk
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import Corrector, Who, review_of
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows_nothing

router = APIRouter(prefix="/review/runs", route_class=ViewRoute)


@router.get("")
@shows_nothing
def runs_page(request: Request, who: Who) -> Response:
    """The newest runs, and how far each is."""
    return page(
        request,
        "review/runs.html",
        runs=runs.runs(review_of(request), who),
        jobs=runs.nightly_jobs(review_of(request), clerk(request).user.member.role),
        result_words=runs.result_words,
        state_words=runs.state_words,
    )


@router.get("/{run_id}")
@shows_nothing
def run_page(request: Request, who: Who, run_id: str) -> Response:
    """The result of a run; its examples link to the papers' pages, which log each view."""
    review = review_of(request)
    report = runs.run_report(review, who, run_id)
    return page(
        request,
        "review/run.html",
        report=report,
        examples=runs.examples(review, who, report),
        may_steer=runs.may_steer(clerk(request).user.member.role),
        address=dossier_address,
        result_words=runs.result_words,
        state_words=runs.state_words,
    )


@router.post("/{run_id}/stop")
@shows_nothing
def stop(request: Request, who: Corrector, run_id: str) -> Response:
    """Stop a run; pages that are being read are finished. Raises DeniedError, NotFoundError, StateError."""
    runs.require_steering(clerk(request).user.member.role)
    runs.stop(review_of(request), who, run_id)
    return RedirectResponse(f"/review/runs/{run_id}", SEE_OTHER)


@router.post("/{run_id}/undo")
@shows_nothing
def undo(request: Request, who: Corrector, run_id: str, later: BackgroundTasks) -> Response:
    """Undo a run after the answer is sent. Raises DeniedError, NotFoundError."""
    runs.require_steering(clerk(request).user.member.role)
    review = review_of(request)
    runs.run_report(review, who, run_id)
    later.add_task(runs.take_back, review, who, run_id)
    return RedirectResponse(f"/review/runs/{run_id}", SEE_OTHER, background=later)
