"""`servanda.v1.PlanService`."""

from functools import partial

from google.longrunning import operations_pb2
from servanda.v1 import plan_pb2, plan_service_pb2
from servanda.v1.plan_service_pb2_grpc import PlanServiceServicer

from server.jobs import Replans, ReplanTerms
from server.promising import Promising
from server.rpc import requests
from server.rpc.contract_service import search_seconds
from server.rpc.convert import read, write
from server.rpc.operations_service import operation_id_in, operation_message
from server.rpc.outcome import Context
from server.turn import StopSign, Turn


class PlanService(PlanServiceServicer):
    def __init__(self, promising: Promising, turn: Turn, *, replans: Replans, currency: str, search_s: float) -> None:
        self._promising = promising
        self._turn = turn
        self._replans = replans
        self._currency = currency
        self._search_s = search_s

    async def GetPlan(self, request: plan_service_pb2.GetPlanRequest, context: Context) -> plan_pb2.Plan:
        read(requests.Nothing, request)
        return write(plan_pb2.Plan, await self._turn.take(self._promising.plan), currency=self._currency)

    async def CheckPlan(
        self, request: plan_service_pb2.CheckPlanRequest, context: Context
    ) -> plan_service_pb2.CheckPlanResponse:
        read(requests.Nothing, request)
        violations = await self._turn.take(self._promising.check)
        return plan_service_pb2.CheckPlanResponse(violations=[write(plan_pb2.Violation, each) for each in violations])

    async def Explain(self, request: plan_service_pb2.ExplainRequest, context: Context) -> plan_service_pb2.Explanation:
        ask = read(requests.Explain, request)
        stop = StopSign(seconds=search_seconds(context, most=self._search_s))
        explain = partial(
            self._promising.explain,
            ask.contract_id,
            ask.item_id,
            resource_id=ask.resource_id,
            site_id=ask.site_id,
            stop=stop,
        )
        return write(plan_service_pb2.Explanation, await self._turn.take(explain, stop=stop))

    async def Replan(self, request: plan_service_pb2.ReplanRequest, context: Context) -> operations_pb2.Operation:
        operation = await self._replans.start(read(ReplanTerms, request))
        return operation_message(operation)

    async def GetReplanReport(
        self, request: plan_service_pb2.GetReplanReportRequest, context: Context
    ) -> plan_service_pb2.ReplanReport:
        report = await self._replans.report(operation_id_in(read(requests.NamesOperation, request)))
        return write(plan_service_pb2.ReplanReport, report)
