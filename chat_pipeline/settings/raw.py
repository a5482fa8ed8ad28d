"""Settings of what is kept in raw, and how. None of them changes a number."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from chat_pipeline.settings.fields import Duration, Table


class Raw(Table):
    """`merge_above`: small loads of a source beyond which they are made one (0: never); `quarantine`: how long rows
    set aside are kept with their original text."""

    merge_above: Annotated[int, Field(ge=0)] = 100
    quarantine: Duration = timedelta(days=365)
