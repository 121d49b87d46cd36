"""`servanda.v1.ContractService`."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from servanda.v1 import contract_pb2, contract_service_pb2, option_pb2, reservation_pb2
from servanda.v1.contract_service_pb2_grpc import ContractServiceServicer

from server.promising import Promising
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.outcome import Context
from server.turn import StopSign, Turn

T = TypeVar("T")
MessageT = TypeVar("MessageT", bound=Message)

MARGIN_S = 0.02
"""Kept of the caller's deadline for writing the answer and its way back."""

EVENTS_AT_ONCE = 500

LOOK_AT_LEAST_EVERY_S = 1.0
"""How late a watch hears what happens by itself, such as a hold that expires."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a search takes at most, and how long a watch sleeps between two looks."""

    search_s: float
    watch_interval_s: float


class ContractService(ContractServiceServicer):
    def __init__(self, promising: Promising, turn: Turn, *, limits: Limits, stopping: asyncio.Event) -> None:
        self._promising = promising
        self._turn = turn
        self._limits = limits
        self._stopping = stopping

    async def QuoteContract(
        self, request: contract_service_pb2.QuoteContractRequest, context: Context
    ) -> option_pb2.Quote:
        ask = read(requests.NamesContract, request)
        stop = StopSign(seconds=search_seconds(context, most=self._limits.search_s))
        quote = await self._turn.take(partial(self._promising.quote, ask.contract_id, stop=stop), stop=stop)
        return write(option_pb2.Quote, quote)

    async def CounterOffer(
        self, request: contract_service_pb2.CounterOfferRequest, context: Context
    ) -> contract_service_pb2.CounterOfferRound:
        ask = read(requests.CounterOffer, request)
        stop = StopSign(seconds=search_seconds(context, most=self._limits.search_s))
        offer = partial(
            self._promising.counter_offer,
            ask.contract_id,
            ask.wish,
            request_id=ask.request_id,
            asked_by=ask.asked_by,
            stop=stop,
        )
        return write(contract_service_pb2.CounterOfferRound, await self._turn.take(offer, stop=stop))

    async def ListCounterOffers(
        self, request: contract_service_pb2.ListCounterOffersRequest, context: Context
    ) -> contract_service_pb2.ListCounterOffersResponse:
        ask = read(requests.NamesContract, request)
        rounds = await self._turn.take(partial(self._promising.counter_offers, ask.contract_id))
        return contract_service_pb2.ListCounterOffersResponse(
            rounds=[write(contract_service_pb2.CounterOfferRound, each) for each in rounds]
        )

    async def HoldOption(
        self, request: contract_service_pb2.HoldOptionRequest, context: Context
    ) -> reservation_pb2.Reservation:
        ask = read(requests.HoldOption, request)
        hold = partial(self._promising.hold, ask.option_token, request_id=ask.request_id)
        return await self._changed(hold, reservation_pb2.Reservation)

    async def ConfirmReservation(
        self, request: contract_service_pb2.ConfirmReservationRequest, context: Context
    ) -> contract_pb2.Contract:
        ask = read(requests.SettleReservation, request)
        confirm = partial(self._promising.confirm, ask.reservation_id, request_id=ask.request_id)
        return await self._changed(confirm, contract_pb2.Contract)

    async def ReleaseReservation(
        self, request: contract_service_pb2.ReleaseReservationRequest, context: Context
    ) -> reservation_pb2.Reservation:
        ask = read(requests.SettleReservation, request)
        release = partial(self._promising.release, ask.reservation_id, request_id=ask.request_id)
        return await self._changed(release, reservation_pb2.Reservation)

    async def CancelContract(
        self, request: contract_service_pb2.CancelContractRequest, context: Context
    ) -> contract_pb2.Contract:
        ask = read(requests.CancelContract, request)
        cancel = partial(self._promising.cancel, ask.contract_id, request_id=ask.request_id)
        return await self._changed(cancel, contract_pb2.Contract)

    async def GetContract(
        self, request: contract_service_pb2.GetContractRequest, context: Context
    ) -> contract_pb2.Contract:
        ask = read(requests.NamesContract, request)
        return write(contract_pb2.Contract, await self._turn.take(partial(self._promising.contract, ask.contract_id)))

    async def GetReservation(
        self, request: contract_service_pb2.GetReservationRequest, context: Context
    ) -> reservation_pb2.Reservation:
        ask = read(requests.NamesReservation, request)
        found = await self._turn.take(partial(self._promising.reservation, ask.reservation_id))
        return write(reservation_pb2.Reservation, found)

    async def ListContracts(
        self, request: contract_service_pb2.ListContractsRequest, context: Context
    ) -> contract_service_pb2.ListContractsResponse:
        ask = read(requests.ListContracts, request)
        size, token = ask.page_size or requests.DEFAULT_PAGE_SIZE, ask.page_token
        page = await self._turn.take(
            partial(self._promising.contracts, statuses=ask.statuses, page_size=size, page_token=token)
        )
        return write(contract_service_pb2.ListContractsResponse, page)

    async def WatchContracts(
        self, request: contract_service_pb2.WatchContractsRequest, context: Context
    ) -> AsyncIterator[contract_service_pb2.ContractEvent]:
        ask = read(requests.WatchContracts, request)
        await context.send_initial_metadata(())
        async for event in self._events(ask):
            yield event
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the server stops: connect again with the last cursor")

    async def _changed(self, work: Callable[[], T], message_type: type[MessageT]) -> MessageT:
        return write(message_type, await self._turn.take(work))

    async def _events(self, ask: requests.WatchContracts) -> AsyncIterator[contract_service_pb2.ContractEvent]:
        """Until the server stops. Looks only when some call was made since the last look."""
        cursor, seen = ask.cursor, -1
        while not self._stopping.is_set():
            seen = await self._news(since=seen)
            events = await self._turn.look(
                partial(self._promising.events, cursor=cursor, contract_ids=ask.contract_ids, limit=EVENTS_AT_ONCE)
            )
            for event in events:
                yield write(contract_service_pb2.ContractEvent, event)
                cursor = event.cursor
            if len(events) == EVENTS_AT_ONCE:
                seen = -1

    async def _news(self, *, since: int) -> int:
        """The number of calls made, once it differs from `since`, a second has passed or the server stops."""
        latest = time.monotonic() + LOOK_AT_LEAST_EVERY_S
        while self._turn.num_taken == since and time.monotonic() < latest and not self._stopping.is_set():
            await self._pause()
        return self._turn.num_taken

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), self._limits.watch_interval_s)


def search_seconds(context: Context, *, most: float) -> float:
    """How long to search, so that the answer still reaches the caller in time."""
    remaining: float | None = context.time_remaining()
    return most if remaining is None else min(most, max(remaining - MARGIN_S, remaining / 2))
