"""The settings file, typed: `load_settings` reads it, `Settings` holds it.

What the SQL reads of them is written by `settings_tables.py`.
"""

from chat_pipeline.settings.accounts import InstanceSettings, SourceSettings
from chat_pipeline.settings.load import TEMPLATE, load_settings, write_template
from chat_pipeline.settings.models import Settings
from chat_pipeline.settings.problems import Problem, SettingsError

__all__ = [
    "TEMPLATE",
    "InstanceSettings",
    "Problem",
    "Settings",
    "SettingsError",
    "SourceSettings",
    "load_settings",
    "write_template",
]
