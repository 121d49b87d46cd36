"""`servanda.v1.ScenarioService`."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import grpc
from google.longrunning import operations_pb2
from servanda.v1 import scenario_service_pb2
from servanda.v1.scenario_service_pb2_grpc import ScenarioServiceServicer

from scenarios.whatif import summary
from server.evaluations import Evaluations, EvaluationTerms, NamedComparison
from server.promising import Promising
from server.promising.comparing import ScenarioTerms
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.operations_service import PREFIX, operation_id_in, operation_message
from server.rpc.outcome import Context
from server.turn import Turn

MOST_CHANGES = 100
"""Contracts of a comparison in an answer."""


class ScenarioService(ScenarioServiceServicer):
    def __init__(self, promising: Promising, turn: Turn, *, evaluations: Evaluations, stopping: asyncio.Event) -> None:
        self._promising = promising
        self._turn = turn
        self._evaluations = evaluations
        self._stopping = stopping

    async def CreateScenario(
        self, request: scenario_service_pb2.CreateScenarioRequest, context: Context
    ) -> scenario_service_pb2.Scenario:
        return write(scenario_service_pb2.Scenario, await self._evaluations.create(read(ScenarioTerms, request)))

    async def GetScenario(
        self, request: scenario_service_pb2.GetScenarioRequest, context: Context
    ) -> scenario_service_pb2.Scenario:
        ask = read(requests.NamesScenario, request)
        found = await self._turn.take(partial(self._promising.scenario, ask.scenario_id))
        return write(scenario_service_pb2.Scenario, found)

    async def ListScenarios(
        self, request: scenario_service_pb2.ListScenariosRequest, context: Context
    ) -> scenario_service_pb2.ListScenariosResponse:
        ask = read(requests.ListScenarios, request)
        size, token = ask.page_size or requests.DEFAULT_PAGE_SIZE, ask.page_token
        page = await self._turn.take(partial(self._promising.scenarios, page_size=size, page_token=token))
        return write(scenario_service_pb2.ListScenariosResponse, page)

    async def EvaluateScenario(
        self, request: scenario_service_pb2.EvaluateScenarioRequest, context: Context
    ) -> operations_pb2.Operation:
        return operation_message(await self._evaluations.start(read(EvaluationTerms, request)))

    async def WatchEvaluation(
        self, request: scenario_service_pb2.WatchEvaluationRequest, context: Context
    ) -> AsyncIterator[operations_pb2.Operation]:
        operation_id, done = operation_id_in(read(requests.NamesOperation, request)), False
        async for operation in self._evaluations.watch(operation_id, stopping=self._stopping):
            message = operation_message(operation)
            done = message.done
            yield message
        if not done:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the server stops: watch again")

    async def CancelEvaluation(
        self, request: scenario_service_pb2.CancelEvaluationRequest, context: Context
    ) -> operations_pb2.Operation:
        operation_id = operation_id_in(read(requests.NamesOperation, request))
        return operation_message(await self._evaluations.cancel(operation_id))

    async def CompareScenarios(
        self, request: scenario_service_pb2.CompareScenariosRequest, context: Context
    ) -> scenario_service_pb2.CompareScenariosResponse:
        ask = read(requests.CompareScenarios, request)
        found = await self._evaluations.results([name.removeprefix(PREFIX) for name in ask.names])
        return scenario_service_pb2.CompareScenariosResponse(comparisons=[_comparison(each) for each in found])


def _comparison(found: NamedComparison) -> scenario_service_pb2.ScenarioComparison:
    whole = found.comparison
    return write(
        scenario_service_pb2.ScenarioComparison,
        whole,
        name=PREFIX + found.name,
        currency=whole.evaluations[0].currency,
        summary=summary(whole),
        differences={
            name: scenario_service_pb2.FigureDifference(mean=each.mean, low=each.low, high=each.high)
            for name, each in whole.differences.items()
        },
        changes=whole.changes[:MOST_CHANGES],
        changes_left_off=max(0, len(whole.changes) - MOST_CHANGES),
    )
