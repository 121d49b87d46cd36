"""Calls to a running server, its errors turned back into ours."""

from typing import NoReturn

import grpc
from grpc_status import rpc_status
from servanda.v1 import contract_service_pb2, contract_service_pb2_grpc

from models.issues import InputError, StateError
from models.option import Quote
from server.exit_codes import ServerUnreachable
from server.rpc.convert import read
from server.rpc.status import issues_in


def quote_contract(contract_id: str, *, address: str, timeout_s: float) -> Quote:
    """Ask a server what it could promise for a contract now.

    Raises
    ------
    ServerUnreachable
        Nobody answers at the address, not in time, or somebody who does not know the method.
    InputError, StateError
        With the issues of the server's answer.
    """
    request = contract_service_pb2.QuoteContractRequest(contract_id=contract_id)
    with grpc.insecure_channel(address) as channel:
        try:
            answer = contract_service_pb2_grpc.ContractServiceStub(channel).QuoteContract(request, timeout=timeout_s)
        except grpc.RpcError as error:
            _raise_ours(error, address)
    return read(Quote, answer)


def _raise_ours(error: grpc.RpcError, address: str) -> NoReturn:
    status = rpc_status.from_call(error)
    issues = issues_in(status) if status else ()
    if not issues:
        raise ServerUnreachable(address, f"{error.code().name}, {error.details()}") from error
    family = InputError if error.code() is grpc.StatusCode.INVALID_ARGUMENT else StateError
    raise family(*issues) from error
