"""The shipped profiles, read once."""

import pytest

from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles


@pytest.fixture(scope="session")
def profiles() -> Profiles:
    return load_profiles()
