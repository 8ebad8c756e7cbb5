"""Until when a dossier's objects are locked (thời hạn lưu trữ): its procedure's retention code, as years.

The lock guards against an early delete; it is no date of destruction. Nothing is ever destroyed by itself.
"""

from datetime import datetime

from scanflow.clock import add_years, date_in_vietnam
from scanflow.pipeline.services import Services


def retained_until(services: Services, number: str, intake: datetime) -> datetime:
    """The end of the lock of what came into a dossier at `intake` (aware); `intake` itself: no lock."""
    settings = services.settings.retention
    dossier = services.catalog.dossier(number)
    code = dossier.procedure_code if dossier else None
    procedure = services.profiles.procedure(code, date_in_vietnam(intake))
    return add_years(intake, settings.years[procedure.retention if procedure else settings.unknown])
