"""`servanda.v1.SimulationService`."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from servanda.v1 import simulation_service_pb2
from servanda.v1.simulation_service_pb2_grpc import SimulationServiceServicer

from server.clock import Clock
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.outcome import Context
from server.turn import Turn


class SimulationService(SimulationServiceServicer):
    def __init__(self, clock: Clock, turn: Turn, *, advance: Callable[[datetime], None]) -> None:
        self._clock = clock
        self._turn = turn
        self._advance = advance

    async def GetClock(
        self, request: simulation_service_pb2.GetClockRequest, context: Context
    ) -> simulation_service_pb2.Clock:
        read(requests.Nothing, request)
        return write(simulation_service_pb2.Clock, requests.AdvanceClock(time=self._clock.now()))

    async def AdvanceClock(
        self, request: simulation_service_pb2.AdvanceClockRequest, context: Context
    ) -> simulation_service_pb2.Clock:
        ask = read(requests.AdvanceClock, request)
        # In the turn: no use case ever sees the clock move while it runs.
        await self._turn.take(partial(self._advance, ask.time))
        return write(simulation_service_pb2.Clock, requests.AdvanceClock(time=self._clock.now()))
