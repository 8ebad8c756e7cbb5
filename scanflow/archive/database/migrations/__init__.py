"""The catalog's migrations, one module each in `versions`. The program runs them; nobody calls Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from scanflow.errors import CatalogError


def configuration() -> Config:
    """Where the migrations are."""
    config = Config()
    # A percent sign is special in ini files.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date, in the caller's transaction. CatalogError for a schema of a
    newer release.
    """
    config = configuration()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise CatalogError(
            f"the catalog's schema is not one that this scanflow knows ({error}); "
            "it was made by a newer release: upgrade scanflow"
        ) from error
