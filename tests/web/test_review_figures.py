"""The page of figures: the own agency's counts, plots with a table beside each, CSV, logged."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import EXPORTED, LISTED
from scanflow.desk.context import Desk
from scanflow.web.review import charts
from tests.web.reviewing import NORTH, SOUTH, signed_in

YEAR = "from=2026-01-01&to=2030-12-31"


def test_the_own_agency_is_counted_and_no_other(app: FastAPI) -> None:
    north = signed_in(app, "thu").get("/review/figures").text
    sums = north.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert [int(each.partition("<")[0]) for each in sums.split('"is-number">')[1:]][:4] == [1, 0, 2, 4]
    csv = signed_in(app, "nam").get(f"/review/figures/figures.csv?{YEAR}").text
    assert SOUTH in csv and NORTH not in csv
    assert SOUTH not in signed_in(app, "thu").get(f"/review/figures/figures.csv?{YEAR}&agency={SOUTH}").text


def test_a_plot_is_read_without_colour(app: FastAPI) -> None:
    text = signed_in(app, "thu").get("/review/figures").text
    assert 'role="img" aria-labelledby="papers-title"' in text and "url(#hatched)" in text
    assert 'aria-label="0/1 = 0,0 %"' in text  # a share's numerator and denominator


def test_a_time_is_by_days_weeks_or_months(app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    assert "theo ngày" in thu.get("/review/figures").text
    assert "theo tuần" in thu.get("/review/figures?from=2026-01-01&to=2026-05-01").text
    assert "theo tháng" in thu.get(f"/review/figures?{YEAR}").text
    for wrong in ("from=2027-01-01&to=2026-01-01", "from=1970-01-01&to=2026-01-01", "from=yesterday"):
        assert thu.get(f"/review/figures?{wrong}").status_code == 422


def test_figures_are_narrowed_to_a_procedure(app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    assert "procedure=1.001193" in thu.get(f"/review/figures?{YEAR}").text
    assert 'id="chosen"' in thu.get(f"/review/figures?{YEAR}&procedure=1.001193").text
    assert 'id="none"' in thu.get(f"/review/figures?{YEAR}&procedure=<script>").text


def test_looking_is_logged(desk: Desk, app: FastAPI) -> None:
    binh = signed_in(app, "binh")
    binh.get(f"/review/figures?{YEAR}")
    binh.get(f"/review/figures/figures.csv?{YEAR}")
    seen = [each.entry for each in find(desk.services.catalog, LogQuery(person="binh"), 100)]
    assert {(e.action, e.subject) for e in seen} >= {(LISTED, "figures"), (EXPORTED, "figures")}


def test_clerks_see_no_figures(app: FastAPI) -> None:
    for path in ("/review/figures", "/review/figures/figures.csv"):
        assert signed_in(app, "lan").get(path).status_code == 403
        assert TestClient(app, follow_redirects=False).get(path).status_code == 303


def test_bars_are_as_high_as_their_values() -> None:
    assert [charts.round_above(each) for each in (0, 1, 3, 5, 7, 11, 499, 501)] == [
        1, 1, 5, 5, 10, 20, 500, 1000,
    ]  # fmt: skip
    plot = charts.standing([charts.Value("a", "a", 10, 5), charts.Value("b", "b", 0, 0)])
    high, none = plot.bars
    assert (high.height, high.part_height, none.height) == (196.0, 98.0, 0.0)
    assert high.y + high.height == high.part_y + high.part_height == charts.HEIGHT - charts.BOTTOM
    assert [value for value, _ in plot.lines] == [0, 5, 10]
    many = charts.standing([charts.Value(str(no), "", 1, 0) for no in range(100)])
    assert sum(bool(bar.label) for bar in many.bars) <= 12
