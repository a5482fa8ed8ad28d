"""What a section is made of. Plain data: nothing here knows HTML or Altair's objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.published import Row

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# More are never needed to judge a finding, and each is a page in the file.
MOST_PAGES = 400


@dataclass(frozen=True)
class Column:
    """A column of a table. `kind`: text, count, share, seconds, number, money, date, time, conversation
    (its key, shown as a link to its page)."""

    name: str
    title: str
    kind: str = "text"


@dataclass(frozen=True)
class Chart:
    """A chart, its table and its definition. `spec` is Vega-Lite with the named data `rows`, which stand in
    `rows` (one with a false `drawn` in the table alone) or, for one that follows a filter, are what the page's view `view` gives for `params`."""

    id: str
    title: str
    definition: str
    spec: Mapping[str, Any]
    columns: Sequence[Column]
    rows: Sequence[Row] = ()
    view: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table of its own. `empty`: the sentence that stands for it when it has no rows. One that is `by_platform` follows
    that filter: its rows are those of `listed`."""

    id: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""
    empty: str = ""
    by_platform: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page. `missing`: one sentence on what export or setting would fill it; then it has
    nothing else. `follows`: a sentence on the filters that it obeys; `template`: of its own blocks, if it has some;
    `both`: what it has of a platform and a segment at once, which the page unpacks when it is asked for."""

    id: str
    title: str
    lead: str
    blocks: Sequence[Chart | Table] = ()
    missing: str = ""
    follows: str = ""
    template: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    both: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Scope:
    """What every section is given. `named` collects the conversations to have a page, in order of naming."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    named: dict[str, str] = field(default_factory=dict)

    def name(self, conversation_key: str | None, why: str) -> str | None:
        """The key, if the conversation has a page: named for `why`, while there is room."""
        if conversation_key is None:
            return None
        if conversation_key not in self.named and len(self.named) < MOST_PAGES:
            self.named[conversation_key] = why
        return conversation_key if conversation_key in self.named else None
