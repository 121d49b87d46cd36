"""Every text is there in both languages, with the same places for values, and for every code there is one."""

import re
import string
from enum import StrEnum

import pytest

from models.contract import JoinReason, ServiceItemKind
from models.document import DocumentKind
from models.evaluation import Cause
from models.language import Language
from models.option import Archetype
from models.order import Channel
from models.plan import COST_KINDS, ReasonCode
from models.promise import CompensationKind, Mode
from models.resource import ResourceKind
from scenarios.report.load import Use
from scenarios.report.wording import TEXTS, Words
from scenarios.report.work import Doing
from scenarios.whatif.sweep import GOALS, QUANTITIES
from tests.builders import at

GROUPS: dict[str, type[StrEnum]] = {
    "reason": ReasonCode,
    "archetype": Archetype,
    "mode": Mode,
    "item": ServiceItemKind,
    "channel": Channel,
    "join": JoinReason,
    "paper": DocumentKind,
    "compensation": CompensationKind,
    "resource": ResourceKind,
    "doing": Doing,
    "load": Use,
    "cause": Cause,
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("group", GROUPS)
def test_every_code_has_words_in_both_languages(group: str) -> None:
    assert [code for code in GROUPS[group] if f"{group}.{code}" not in TEXTS] == []


def test_every_kind_of_cost_has_words() -> None:
    assert [kind for kind in (*COST_KINDS, "total") if f"cost.{kind}" not in TEXTS] == []


def test_every_quantity_and_goal_of_a_sweep_has_words() -> None:
    wanted = {f"sweep.{each}" for each in QUANTITIES} | {f"whatif.curve_{each}" for each in GOALS}
    assert wanted - TEXTS.keys() == set()


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_places_for_the_same_values() -> None:
    assert [key for key, (english, chinese) in TEXTS.items() if places(english) != places(chinese)] == []


def test_english_has_no_chinese_in_it_and_chinese_has_unless_it_is_all_values_or_a_name() -> None:
    assert [key for key, (english, _) in TEXTS.items() if CHINESE.search(english)] == []
    bare = [key for key, (_, chinese) in TEXTS.items() if not CHINESE.search(chinese)]
    assert [key for key in bare if re.sub(r"{\w+}", "", TEXTS[key][1]).strip(" （）")] == ["channel.APP"]


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [(95, "1 h 35 min later", "晚 1 小时 35 分钟"), (-60, "1 h earlier", "早 1 小时"), (0, "as soon", "同时")],
)
def test_differences_are_told_in_hours_and_minutes(minutes: int, english: str, chinese: str) -> None:
    assert [Words(language).later(minutes) for language in Language] == [english, chinese]


def test_dates_are_written_as_each_language_does() -> None:
    assert [Words(language).day(at("08:00")) for language in Language] == ["2 March 2026", "2026年3月2日"]


def test_names_of_the_world_are_chinese_where_the_world_has_them_so() -> None:
    assert Words(Language.ZH).name_of("Cake", {"name_zh": "蛋糕"}) == "蛋糕"
    assert Words(Language.ZH).name_of("Cake", {}) == "Cake"
    assert Words(Language.EN).name_of("Cake", {"name_zh": "蛋糕"}) == "Cake"
