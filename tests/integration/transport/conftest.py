"""What the tests of transports share."""

import pytest
import trustme


@pytest.fixture
def authority():
    """An authority for certificates that no machine trusts by itself."""
    return trustme.CA()
