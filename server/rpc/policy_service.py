"""`servanda.v1.PolicyService`."""

from servanda.v1 import policy_service_pb2
from servanda.v1.policy_service_pb2_grpc import PolicyServiceServicer

from server.policy_watch import PolicyWatch
from server.promising import Promising
from server.rpc import requests
from server.rpc.convert import read, write
from server.rpc.outcome import Context
from server.turn import Turn


class PolicyService(PolicyServiceServicer):
    def __init__(self, promising: Promising, turn: Turn, *, watch: PolicyWatch) -> None:
        self._promising = promising
        self._turn = turn
        self._watch = watch

    async def GetPolicy(
        self, request: policy_service_pb2.GetPolicyRequest, context: Context
    ) -> policy_service_pb2.PolicyState:
        read(requests.Nothing, request)
        return write(policy_service_pb2.PolicyState, await self._turn.take(self._promising.policy_state))

    async def ReloadPolicy(
        self, request: policy_service_pb2.ReloadPolicyRequest, context: Context
    ) -> policy_service_pb2.PolicyState:
        read(requests.Nothing, request)
        return write(policy_service_pb2.PolicyState, await self._watch.reload())
