"""`scanflow profiles learn`, `learned` and `test`: learning types from people, and trying them on scans."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli.app import JobsOption, JsonOption, settings_from, settings_of_archive
from scanflow.cli.intake import ProcedureOption
from scanflow.cli.output import print_json, print_note, print_table, progress_bar, stdout
from scanflow.errors import InputError

if TYPE_CHECKING:
    from scanflow.pipeline.standalone.labelled_scans import Trial


def register(app: typer.Typer) -> None:
    """Add this module's commands to `scanflow profiles`."""
    app.command("learn")(learn)
    app.command("learned")(learned)
    app.command("test")(test)


def learn(
    most: Annotated[int, typer.Option("--most", min=1, help="Learn from so many papers, the newest.")] = 5000,
    json: JsonOption = False,
) -> None:
    """Learn types from the filed papers whose type a person set or confirmed; fit for a nightly job.

    What was learned is kept only where cross-validation on these papers shows it better than the rules alone,
    and takes the place of what was learned before. Needs scikit-learn (pip install 'scanflow[learn]').
    """
    from scanflow.archive.identity import open_archive
    from scanflow.archive.logbook import LISTED
    from scanflow.classify.learned.learning import numbers_of
    from scanflow.cli.noting import note_look
    from scanflow.pipeline.learning import learn_from_archive

    settings = settings_of_archive()
    with open_archive(settings) as archive:
        note_look(archive.catalog, LISTED, "confirmed papers")
        with progress_bar("reading confirmed papers") as progress:
            result = learn_from_archive(
                settings, archive.store, archive.catalog, at_most=most, progress=progress
            )
    numbers = numbers_of(result.learning)
    if json:
        print_json({"in_use": result.in_use, "unread": result.unread, **numbers})
        return
    _show_numbers(numbers)
    if result.unread:
        stdout.print(f"left out, without readable words: {result.unread}", markup=False)
    verdict = (
        "kept, in use when the programs start next"
        if result.in_use
        else "not kept, the rules alone are in use"
    )
    stdout.print(f"{verdict}: {numbers['why']}", markup=False)


def learned(
    forget: Annotated[bool, typer.Option("--forget", help="Remove it: the rules alone are used.")] = False,
    json: JsonOption = False,
) -> None:
    """Show what was learned and is in use: when, from how many papers, and how well it did."""
    from scanflow.classify.learned import learned_types

    settings = settings_from()
    if forget:
        gone = learned_types.forget(settings.home)
        stdout.print(
            "removed; programs that run drop it when they start next" if gone else "nothing to remove"
        )
        return
    model = learned_types.load_learned(settings.home)
    if json:
        print_json({"in_use": model is not None, **(dict(model.report) if model else {})})
    elif model is None:
        stdout.print("nothing learned is in use")
    else:
        stdout.print(f"learned {model.report['made_at']}", markup=False)
        _show_numbers(model.report)


def _show_numbers(numbers: Any) -> None:
    stdout.print(
        f"confirmed papers: {numbers['papers']}, of {numbers['dossiers']} dossiers; "
        f"types with enough of them: {numbers['types']}",
        markup=False,
    )
    rows = []
    for name, key in (("rules alone", "rules"), ("with what was learned", "both")):
        score = numbers[key]
        counts = (score["right"], score["wrong"], score["unknown"])
        rows.append((name, *counts, f"{score['precision']:.2%}", f"{score['coverage']:.2%}"))
    print_table("cross-validation", ("", "right", "wrong", "unknown", "precision", "coverage"), rows)
    stdout.print(
        f"precision of the rules at the coverage of both: {numbers['rules_at_same_coverage']:.2%}; "
        f"gained {numbers['gained']}, lost {numbers['lost']}",
        markup=False,
    )


def test(
    folder: Annotated[
        Path, typer.Argument(help="FOLDER/TYPE/…: scans, each one paper of the type.", show_default=False)
    ],
    procedure: ProcedureOption = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Try the profiles on labelled scans: a table of true types against found ones, and what went wrong.

    The folder has a folder for each type, named by its id; what stands in it, each file a paper of that type,
    is read as `scanflow read` does, without an archive. Files that can't be read are listed and the rest goes
    on (exit code 5).
    """
    from scanflow.pipeline.profiles_in_use import load_profiles_in_use
    from scanflow.pipeline.sandbox.pool import ChildProcesses
    from scanflow.pipeline.services import procedure_in
    from scanflow.pipeline.standalone import labelled_scans

    settings = settings_from(jobs=jobs)
    profiles = load_profiles_in_use(settings)
    code = procedure_in(profiles, procedure)
    scans = labelled_scans.find(folder, profiles)
    with ChildProcesses(settings) as children, progress_bar("reading labelled scans") as progress:
        trial = labelled_scans.try_on(children, scans, profiles, procedure=code, progress=progress)
    if json:
        print_json(labelled_scans.as_values(trial))
    else:
        _show_trial(trial)
    if trial.unread:
        raise typer.Exit(InputError.exit_code)


def _show_trial(trial: "Trial") -> None:
    columns = trial.found_types
    rows = [(true, *(trial.count(true, found) or "" for found in columns)) for true in trial.true_types]
    print_table("true type (rows) and found type (columns)", ("", *columns), rows)
    scores = [
        (s.type, s.papers, s.right, s.wrong, s.unknown, _percent(s.precision), _percent(s.coverage))
        for s in (*trial.scores, trial.total)
    ]
    columns_of_scores = ("type", "papers", "right", "wrong", "unknown", "precision", "coverage")
    print_table("precision and coverage", columns_of_scores, scores)
    wrong = [(str(o.file), o.type, o.found, f"{o.confidence:.2f}", o.title) for o in trial.missed]
    if wrong:
        print_table("not as labelled", ("file", "true type", "found", "confidence", "title"), wrong)
    for file, error in trial.unread:
        print_note(f"{file}: {error.message}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
