"""The languages that a person can be answered in."""

from enum import StrEnum


class Language(StrEnum):
    EN = "en"
    ZH = "zh"
