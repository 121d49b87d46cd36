"""With which code the command line ends, documented in docs/errors.md."""

from enum import IntEnum

from models.issues import InputError, Issue, IssueCode, ServandaError, StateError


class ExitCode(IntEnum):
    DONE = 0
    BUSINESS_NO = 1
    """Violations, a contract without an option, or a demo that missed a goal."""
    BAD_INPUT = 2
    STATE = 3
    UNREACHABLE = 4
    DEFECT = 70
    """EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130
    """128 + SIGINT, as shells have it."""


class ServerUnreachable(ServandaError):
    """No server answers at an address, or not in time."""

    def __init__(self, address: str, said: str) -> None:
        super().__init__(
            Issue(
                code=IssueCode.SERVER_UNREACHABLE,
                path=address,
                message=f"a server must answer at {address}, and: {said}",
                hint="start one with `servanda serve`, or correct --address",
            )
        )


def exit_code_of(error: ServandaError) -> ExitCode:
    match error:
        case InputError():
            return ExitCode.BAD_INPUT
        case StateError():
            return ExitCode.STATE
        case ServerUnreachable():
            return ExitCode.UNREACHABLE
    return ExitCode.DEFECT
