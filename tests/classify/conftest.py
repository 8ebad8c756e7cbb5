"""The shipped profiles, read once."""

import pytest

from scanflow.classify.profiles import Profiles, load_profiles


@pytest.fixture(scope="session")
def profiles() -> Profiles:
    return load_profiles()
