"""Where things lie: the home with its data, and the project's own folders. No rule about data here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
SETTINGS_NAME = "chat_pipeline.toml"
DEMO_MARK = "demo.json"
# What a process is told by the one that starts it.
HOME_VARIABLE, EXPORTS_VARIABLE, SETTINGS_VARIABLE = (
    "CHAT_PIPELINE_HOME",
    "CHAT_PIPELINE_EXPORTS",
    "CHAT_PIPELINE_SETTINGS",
)


@dataclass(frozen=True)
class Home:
    """All paths of one home. `exports_folder` and `settings_path` override their places in it."""

    root: Path
    exports_folder: Path | None = None
    settings_path: Path | None = None

    @property
    def exports(self) -> Path:
        return self.exports_folder or self.root / "exports"

    @property
    def settings_file(self) -> Path:
        return self.settings_path or self.root / SETTINGS_NAME

    @property
    def settings_to_read(self) -> Path | None:
        """None: the defaults hold, for the home has no file. One that was named must be there."""
        return self.settings_file if self.settings_path or self.settings_file.is_file() else None

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def incoming(self) -> Path:
        return self.raw / "_incoming"

    @property
    def state(self) -> Path:
        return self.raw / "_state"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def build(self) -> Path:
        return self.root / "build.duckdb"

    @property
    def marts(self) -> Path:
        return self.root / "marts"

    @property
    def current(self) -> Path:
        return self.marts / "current"

    @property
    def published(self) -> Path:
        return self.current / "chat.duckdb"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def dagster(self) -> Path:
        exported = os.environ.get("DAGSTER_HOME")
        return Path(exported) if exported else self.root / "dagster"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def dbt_target(self) -> Path:
        return self.root / "dbt" / "target"

    @property
    def settings_tables(self) -> Path:
        return self.root / "dbt" / "settings"

    @property
    def lock_file(self) -> Path:
        return self.root / ".sync.lock"

    @property
    def expectations(self) -> Path:
        """The home's own expectations, added to the shipped ones."""
        return self.root / "expectations"

    @property
    def layout_mark(self) -> Path:
        return self.raw / "layout.json"

    @property
    def synced_mark(self) -> Path:
        """Written anew whenever a sync ended well: its time says how fresh the marts are."""
        return self.marts / "synced"

    @property
    def demo_mark(self) -> Path:
        return self.root / DEMO_MARK

    def environment(self) -> dict[str, str]:
        """Variables by which another process finds the same home, exports and settings."""
        chosen = {EXPORTS_VARIABLE: self.exports_folder, SETTINGS_VARIABLE: self.settings_path}
        return {HOME_VARIABLE: str(self.root), **{name: str(path) for name, path in chosen.items() if path}}


def unusable(home: Home) -> str:
    """Why the home can't lie where it lies; empty if it can."""
    if "?" not in str(home.root):
        return ""
    return f"{home.root} has a `?` in its path, behind which DuckDB looks for no file: rename the folder"


def load_number(folder: Path) -> int:
    """The number of a load's folder; of a merged one (`load-000001-000040`) that of its newest."""
    return int(folder.name.rpartition("-")[2])


def find_home(
    explicit: Path | None = None, *, exports: Path | None = None, settings: Path | None = None
) -> Home:
    """The home in use: the one named, else CHAT_PIPELINE_HOME, else the nearest folder upwards that
    holds a settings file, else ./data of the checkout (or of the working folder). Its exports and
    settings lie in it, unless they are named, or CHAT_PIPELINE_EXPORTS and CHAT_PIPELINE_SETTINGS are."""
    root = explicit or _told(HOME_VARIABLE) or _marked_upwards(Path.cwd()) or _checkout_data()
    exports = exports or _told(EXPORTS_VARIABLE)
    settings = settings or _told(SETTINGS_VARIABLE)
    return Home(
        root.expanduser().resolve(),
        exports.expanduser().resolve() if exports else None,
        settings.expanduser().resolve() if settings else None,
    )


def _told(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _marked_upwards(start: Path) -> Path | None:
    return next((folder for folder in (start, *start.parents) if (folder / SETTINGS_NAME).is_file()), None)


def _checkout_data() -> Path:
    return (PACKAGE.parent if in_checkout() else Path.cwd()) / "data"


def in_checkout() -> bool:
    return (PACKAGE.parent / "dbt_project" / "dbt_project.yml").is_file()


def project_folder() -> Path:
    """The dbt project: the checkout's, else the copy inside the installed package."""
    return PACKAGE.parent / "dbt_project" if in_checkout() else PACKAGE / "_project" / "dbt_project"


def expectations_folder() -> Path:
    return PACKAGE.parent / "expectations" if in_checkout() else PACKAGE / "_project" / "expectations"
