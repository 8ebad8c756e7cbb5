"""A share that isn't mounted and a bucket made anew are noticed, and nothing is filed there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanflow.archive.identity import open_archive
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.archive.filing import NUMBER, add_batch, file_paper, write_manifests
from tests.e2e.conftest import scanflow
from tests.faults.archives import write_paper
from tests.servers import variables_of


@dataclass
class Site:
    """An archive with a paper in it; `unmount` puts an empty store where its store was."""

    settings: Settings
    variables: dict[str, str]
    unmount: Callable[[], None]

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        result = scanflow(self.settings.home, *arguments, env=self.variables)
        return result.returncode, result.stderr


def _on_folder(home: Path) -> Site:
    objects = home / "objects"

    def unmount() -> None:
        objects.rename(home / "elsewhere")
        objects.mkdir()

    return Site(Settings(home=home), {}, unmount)


def _shared(home: Path, store: StoreSettings, catalog: CatalogSettings) -> Site:
    assert catalog.url is not None
    variables = variables_of(store) | {"SCANFLOW_CATALOG__URL": catalog.url.get_secret_value()}

    def unmount() -> None:
        variables["SCANFLOW_STORE__BUCKET"] = f"{store.bucket}-anew"

    return Site(Settings(home=home, store=store, catalog=catalog), variables, unmount)


@pytest.fixture(
    params=["folder", pytest.param("shared", marks=[pytest.mark.s3, pytest.mark.postgresql])],
)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    home = tmp_path / "home"
    home.mkdir()
    if request.param == "folder":
        made = _on_folder(home)
    else:
        new_postgresql = request.getfixturevalue("new_postgresql")
        made = _shared(home, request.getfixturevalue("s3_settings"), new_postgresql(True))
    with open_archive(made.settings) as archive:
        add_batch(archive.catalog, "b1", 1)
        file_paper(archive.store, archive.catalog, ["đăng ký khai sinh"])
        write_manifests(archive.store, archive.catalog, "b1")
    yield made


def test_nothing_is_taken_into_an_empty_store_beside_a_catalog(site: Site, tmp_path: Path) -> None:
    assert site.run("health")[0] == 0
    site.unmount()
    source = write_paper(tmp_path / "inbox" / NUMBER)
    for arguments in (
        ["watch", "--once", tmp_path / "inbox"],
        ["health"],
        ["verify"],
        ["search", "khai sinh"],
    ):
        code, said = site.run(*arguments)
        assert code == 7, (arguments, said)
        assert "archive.json" in said
        assert "chưa được gắn vào máy" in said
    assert source.read_bytes()
    assert [path for path in (tmp_path / "inbox").rglob("*") if path.is_file()] == [source]
    if site.settings.store.kind == "folder":
        objects = site.settings.home / "objects"
        assert not [path for path in objects.iterdir() if not path.name.startswith(".")]
