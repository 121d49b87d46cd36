"""What a server can be told when it starts."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from models.base import Id, Model
from models.timing import Instant

KIB = 1024
MIB = 1024 * KIB


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(Model):
    """Parameters of one server.

    Parameters
    ----------
    world
        The folder of the world that it serves.
    database_url
        Where the ledger is: `sqlite:///FILE` or `postgresql+psycopg://...`.
    address
        `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. Port 0: any that is free.
    allow_remote_without_authentication
        Listen beyond this machine although everybody who can reach the server can use it.
    simulated_start
        Run on a simulated clock that starts then; None: on the time outside. If the ledger has
        seen a later time, a simulation goes on from there.
    max_message_bytes
        A larger request is refused: MESSAGE_TOO_LARGE, or by gRPC itself if it is four times as large.
    queue_size
        Calls that may wait for their turn; one more is refused.
    max_search
        How long a quote is searched at most, also without a deadline of the caller.
    expiry_interval
        How often overdue holds are let go while nobody calls; a call does it by itself.
    watch_interval
        How often a watch looks for news.
    policy_interval
        How often the server looks whether `policy.yaml` has changed.
    grace
        What calls under way get to finish when the server stops.
    """

    world: Path
    database_url: str
    tenant_id: Id = "default"
    address: str = "127.0.0.1:50051"
    allow_remote_without_authentication: bool = False
    simulated_start: Instant | None = None
    max_message_bytes: Annotated[int, Field(ge=KIB, le=64 * MIB)] = 4 * MIB
    queue_size: Annotated[int, Field(ge=1, le=100_000)] = 256
    max_search: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=5))] = timedelta(seconds=5)
    expiry_interval: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=1))] = timedelta(seconds=1)
    watch_interval: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(seconds=10))] = timedelta(milliseconds=100)
    policy_interval: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(seconds=2)
    grace: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(minutes=10))] = timedelta(seconds=10)
    log_level: LogLevel = LogLevel.INFO
