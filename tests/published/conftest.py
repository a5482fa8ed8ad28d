"""The marts that published data sets fill."""

from __future__ import annotations

import pytest
from handmade_marts import Marts


@pytest.fixture
def marts() -> Marts:
    return Marts()
