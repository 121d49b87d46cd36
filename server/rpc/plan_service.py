"""`servanda.v1.PlanService`."""

from google.longrunning import operations_pb2
from servanda.v1 import plan_pb2, plan_service_pb2
from servanda.v1.plan_service_pb2_grpc import PlanServiceServicer

from server.jobs import Replans, ReplanTerms
from server.promising import Promising
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.operations_service import operation_message
from server.rpc.outcome import Context
from server.turn import Turn


class PlanService(PlanServiceServicer):
    def __init__(self, promising: Promising, turn: Turn, *, replans: Replans, currency: str) -> None:
        self._promising = promising
        self._turn = turn
        self._replans = replans
        self._currency = currency

    async def GetPlan(self, request: plan_service_pb2.GetPlanRequest, context: Context) -> plan_pb2.Plan:
        read(requests.Nothing, request)
        return write(plan_pb2.Plan, await self._turn.take(self._promising.plan), currency=self._currency)

    async def CheckPlan(
        self, request: plan_service_pb2.CheckPlanRequest, context: Context
    ) -> plan_service_pb2.CheckPlanResponse:
        read(requests.Nothing, request)
        violations = await self._turn.take(self._promising.check)
        return plan_service_pb2.CheckPlanResponse(violations=[write(plan_pb2.Violation, each) for each in violations])

    async def Replan(self, request: plan_service_pb2.ReplanRequest, context: Context) -> operations_pb2.Operation:
        operation = await self._replans.start(read(ReplanTerms, request))
        return operation_message(operation)
