"""Answers to requests, so that one that comes twice is done once."""

from datetime import datetime

from sqlalchemy import select

from models.issues import Conflict, Issue, IssueCode
from server.ledger import schema
from server.ledger.micros import micros_of
from server.ledger.scope import Scope, mine

_REQUESTS = schema.requests
_ANSWER = select(_REQUESTS.c.method, _REQUESTS.c.fingerprint, _REQUESTS.c.response).where(mine(_REQUESTS, "request_id"))


class Requests(Scope):
    def recall(self, request_id: str, method: str, *, fingerprint: str) -> str | None:
        """The answer that was given to this request; None if it is new.

        Parameters
        ----------
        fingerprint
            Stands for what was asked: the same for the same content.

        Raises
        ------
        Conflict
            The id was used for another method or another content.
        """
        rows = self.rows(_ANSWER, its_request_id=request_id)
        if not rows:
            return None
        if (rows[0].method, rows[0].fingerprint) != (method, fingerprint):
            raise Conflict(_reused(request_id, f"{method} {fingerprint}", f"{rows[0].method} {rows[0].fingerprint}"))
        return str(rows[0].response)

    def remember(self, request_id: str, method: str, *, fingerprint: str, response: str, time: datetime) -> None:
        """Keep the answer to a request.

        Raises
        ------
        Conflict
            The same request was answered meanwhile: sent again, it gets that answer.
        """
        if not self.add(
            _REQUESTS,
            request_id=request_id,
            method=method,
            fingerprint=fingerprint,
            response=response,
            time=micros_of(time),
        ):
            raise Conflict(_answered(request_id))


def _reused(request_id: str, asked: str, before: str) -> Issue:
    return Issue(
        code=IssueCode.REQUEST_ID_REUSED,
        path="request_id",
        message=f"request_id ({request_id}) must stand for one request, now ({asked}), before ({before})",
        hint="use a new request_id for a new request",
    )


def _answered(request_id: str) -> Issue:
    return Issue(
        code=IssueCode.LEDGER_BUSY,
        path="request_id",
        message=f"request_id ({request_id}) must be answered once, and was answered while this call ran",
        hint="send the same request again to get its answer",
    )
