"""What an alternative costs the customer and the climate."""

from dataclasses import replace

from models.promise import Mode
from solver.alternatives.alternative import Alternative
from solver.alternatives.fees import Fees
from solver.alternatives.inquiry import Inquiry


class Valuation:
    """Fees and CO2 of one inquiry's alternatives."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._fees = Fees(inquiry.instance.catalogue)
        self._fee_by_class: dict[tuple[str, float, float, int], int] = {}

    def valued(self, alternative: Alternative) -> Alternative:
        """With its fee and its CO2."""
        return replace(alternative, fee=self._fee(alternative), co2_mg=self._co2_mg(alternative))

    def _fee(self, alternative: Alternative) -> int:
        """Looked up anew for each place, level and begin of a window only."""
        place, opens_s = alternative.item.place, alternative.window[0]
        key = (alternative.level.service_level_id, place.lat, place.lon, opens_s)
        if key not in self._fee_by_class:
            opens = self._inquiry.instance.horizon.instant(opens_s)
            self._fee_by_class[key] = self._fees.fee(alternative.level, place, opens=opens)
        return self._fee_by_class[key]

    def _co2_mg(self, alternative: Alternative) -> int:
        policy, instance = self._inquiry.policy, self._inquiry.instance
        if alternative.mode is Mode.CARRIER:
            return 1000 * policy.co2_g_per_parcel
        insertion = alternative.insertion
        if insertion is None:
            return 0
        per_km = policy.co2_g_per_km.get(instance.vehicles[insertion.vehicle_idx].kind, 0)
        return per_km * self._inquiry.routes.added_metres(
            insertion.work.request,
            vehicle_idx=insertion.vehicle_idx,
            pickup_after=insertion.pickup_after,
            delivery_after=insertion.delivery_after,
        )
