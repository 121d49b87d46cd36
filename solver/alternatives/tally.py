"""What rules out a way of doing an item."""

from collections import Counter
from dataclasses import dataclass, field

from models.plan import ReasonCode, ReasonCount


@dataclass
class Tally:
    """Who was ruled out by what, for one way of doing an item."""

    total: int = 0
    reasons: dict[str, ReasonCode] = field(default_factory=dict)

    def rule_out(self, each_id: str, code: ReasonCode) -> None:
        self.reasons[each_id] = code

    def counts(self) -> tuple[ReasonCount, ...]:
        times = Counter(self.reasons.values())
        first = {code: each_id for each_id, code in reversed(self.reasons.items())}
        total = max(self.total, len(self.reasons))
        return tuple(
            ReasonCount(code=code, count=times[code], total=total, example_id=first[code])
            for code in sorted(times, key=lambda code: (-times[code], code))
        )
