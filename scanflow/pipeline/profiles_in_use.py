"""The profiles that a running program works with: read again where their files have changed.

An operator imports a list or corrects a row, and a nightly job learns a new model, while web servers and
workers run. They check the files' times of change every few seconds, and read them again in a thread. If they
can't be read, the former profiles stay in use, and a warning is logged.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from scanflow.archive.site_profiles import profiles_of
from scanflow.classify.file_states import FileState, file_states
from scanflow.classify.learned import learned_types
from scanflow.classify.profile_files import files_of_layers, layers_of
from scanflow.classify.profiles import Profiles
from scanflow.errors import SettingsError
from scanflow.logs import get_logger
from scanflow.settings import Settings

log = get_logger(__name__)

_SECONDS = 2.0


def load_profiles_in_use(settings: Settings) -> Profiles:
    """The profiles that the settings name, with what was learned beside them. Raises SettingsError.

    A learned model that can't be used is left out, with a warning.
    """
    profiles = profiles_of(settings.classify, settings.home)
    try:
        return replace(profiles, learned=learned_types.load_learned(settings.home))
    except SettingsError as error:
        log.warning("learned model left out", reason=error.message)
        return profiles


class ProfilesInUse:
    """Gives the newest profiles that could be read; any number of threads may ask.

    Raises SettingsError at the start, where there are no former profiles to go on with.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._state = _state(settings)  # taken before reading: files that change meanwhile are read again
        self._profiles = load_profiles_in_use(settings)
        self._looked_at = clock()
        self._reading = threading.Lock()

    def __call__(self) -> Profiles:
        """The profiles as they are now; a change is read in a thread, and given by a later call."""
        if self._clock() - self._looked_at >= _SECONDS and self._reading.acquire(blocking=False):
            try:
                threading.Thread(target=self._renew, name="profiles", daemon=True).start()
            except RuntimeError:  # no more threads, or the program is ending
                self._reading.release()
        return self._profiles

    def _renew(self) -> None:
        try:
            state = _state(self._settings)
            if state != self._state:
                self._state = state
                self._profiles = load_profiles_in_use(self._settings)
                log.info("profiles renewed", procedures=len(self._profiles.procedures))
        except SettingsError as error:
            log.warning("former profiles stay in use", reason=error.message)
        finally:
            self._looked_at = self._clock()
            self._reading.release()


def _state(settings: Settings) -> tuple[FileState, ...]:
    """The state of all files that profiles are read from."""
    layers = layers_of(settings.classify, settings.home)
    files = [*files_of_layers(layers), settings.home / learned_types.FILE]
    return tuple(file_states(files))
