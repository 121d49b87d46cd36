"""Option tokens: what was quoted, signed, so that the server has to remember no quote.

A token is `base64url(zlib(JSON)) "." base64url(HMAC-SHA256 of the part before the dot)`.
"""

import binascii
import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from models.base import Id, Model
from models.issues import Expired, InputError, Issue, IssueCode
from models.option import SlaOption
from models.timing import Instant


class OptionClaim(Model):
    """What a token says.

    Parameters
    ----------
    world
        Fingerprint of the world that the option was quoted in.
    option
        Without its token.
    """

    tenant_id: Id
    contract_id: Id
    contract_revision: int
    expire_time: Instant
    world: str
    option: SlaOption


def seal(claim: OptionClaim, *, key: bytes) -> str:
    """The token for a claim."""
    body = urlsafe_b64encode(zlib.compress(claim.model_dump_json(exclude_defaults=True).encode()))
    return f"{body.decode()}.{_signature(body, key)}"


def unseal(token: str, *, key: bytes, tenant_id: str, now: datetime) -> OptionClaim:
    """The claim in a token that is ours, this tenant's, and not expired.

    Raises
    ------
    InputError
        OPTION_TOKEN_INVALID: not signed by this server. OPTION_TOKEN_FOREIGN: another tenant's.
    Expired
        OPTION_EXPIRED.
    """
    body, _, signature = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(body.encode(), key).encode()):
        raise InputError(_invalid(token))
    try:
        claim = OptionClaim.model_validate_json(zlib.decompress(urlsafe_b64decode(body)))
    except (binascii.Error, zlib.error, ValueError) as error:
        raise InputError(_invalid(token)) from error
    if claim.tenant_id != tenant_id:
        raise InputError(_foreign(claim.tenant_id, tenant_id))
    if claim.expire_time <= now:
        raise Expired(_expired(claim, now))
    return claim


def _signature(body: bytes, key: bytes) -> str:
    return urlsafe_b64encode(hmac.digest(key, body, "sha256")).decode()


def _invalid(token: str) -> Issue:
    return Issue(
        code=IssueCode.OPTION_TOKEN_INVALID,
        path="option_token",
        message=f"option_token ({len(token)} characters) must be one that this server has signed, unchanged",
        hint="send the token of an option exactly as the quote gave it",
    )


def _foreign(theirs: str, ours: str) -> Issue:
    return Issue(
        code=IssueCode.OPTION_TOKEN_FOREIGN,
        path="option_token",
        message=f"tenant of the option ({theirs}) must be the caller's ({ours})",
        hint="hold an option with the tenant that it was quoted to",
    )


def _expired(claim: OptionClaim, now: datetime) -> Issue:
    return Issue(
        code=IssueCode.OPTION_EXPIRED,
        path="option_token",
        message=f"expire_time ({claim.expire_time.isoformat()}) must be > now ({now.isoformat()})",
        hint="quote the contract again",
    )
