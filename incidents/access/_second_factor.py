"""The second factor: time-based codes (RFC 6238), and recovery codes for a lost device."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from incidents.access._digests import digest
from incidents.access._rows import Credential, RecoveryCode, end_sessions
from incidents.actions._desk import Act, Desk, acting
from incidents.errors import InvalidInput, NotPossible
from incidents.models import Operator
from incidents.secret_keys import keys_in
from incidents.status import Role

STEP = 30
"""Seconds for which a code is the present one (RFC 6238, 4.1)."""
_DRIFT = 1
"""Steps that a device's clock may be wrong by, either way."""
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what people misread: i, l, o, 0, 1."""
_RECOVERY_LENGTH = 12
"""59 bits: none is found by trying."""
_KEPT = (
    select(Credential, Operator.login)
    .join(Operator, Operator.id == Credential.operator_id)
    .where(Credential.second_factor.is_not(None))
    .order_by(Operator.login)
)


def has_second_factor(session: Session, operator_id: str) -> bool:
    """Whether a code is asked for after the password."""
    row = session.get(Credential, operator_id)
    return row is not None and row.second_factor_at is not None


def offer_second_factor(desk: Desk, actor: str, now: datetime, key: str) -> None:
    """Make a secret, which counts once a code of it was given. Raises `NotPossible`."""
    vault = _vault(key)
    with acting(desk, actor, now, Role.VIEWER) as act:
        row = credential(act.session, act.operator.id)
        if row.second_factor_at is not None:
            raise NotPossible("there is a second factor already; remove it first")
        row.second_factor = vault.encrypt(pyotp.random_base32().encode()).decode()


def offered_secret(desk: Desk, operator_id: str, key: str) -> str | None:
    """The secret that was offered and not confirmed yet, for its owner's device."""
    with desk.db.read() as session:
        row = session.get(Credential, operator_id)
        if row is None or row.second_factor is None or row.second_factor_at is not None:
            return None
        return _opened(row.second_factor, key)


def provisioning_address(secret: str, login: str, service: str) -> str:
    """What a device reads from the QR code: otpauth://totp/..."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=service)


def confirm_second_factor(
    desk: Desk, actor: str, now: datetime, code: str, key: str, but_session: str | None = None
) -> tuple[str, ...]:
    """Turn the second factor on by its first code; answers the recovery codes, shown once.

    Other sessions end, `but_session` goes on. Raises `InvalidInput` for a wrong code.
    """
    with acting(desk, actor, now, Role.VIEWER) as act:
        row = credential(act.session, act.operator.id)
        if row.second_factor is None or row.second_factor_at is not None:
            raise NotPossible("there is no second factor to confirm; begin again")
        if not _take(row, code, now, key):
            raise InvalidInput("code: is not right; look at the device's clock and try the next")
        row.second_factor_at = now
        end_sessions(act.session, act.operator.id, now, but_session)
        act.event("second_factor_added", public=False)
        return _new_recovery_codes(act)


def renew_recovery_codes(desk: Desk, actor: str, now: datetime) -> tuple[str, ...]:
    """Ten new codes; the old ones are void. Raises `NotPossible` without a second factor."""
    with acting(desk, actor, now, Role.VIEWER) as act:
        if not has_second_factor(act.session, act.operator.id):
            raise NotPossible("there is no second factor that they could stand in for")
        act.event("recovery_codes_renewed", public=False)
        return _new_recovery_codes(act)


def remove_second_factor(
    desk: Desk, actor: str, now: datetime, but_session: str | None = None
) -> None:
    """Ask for the password alone from now on. Raises `NotPossible` where there is none."""
    with acting(desk, actor, now, Role.VIEWER) as act:
        if not has_second_factor(act.session, act.operator.id):
            raise NotPossible("there is no second factor")
        forget_second_factor(act.session, act.operator.id)
        end_sessions(act.session, act.operator.id, now, but_session)
        act.event("second_factor_removed", public=False)


def forget_second_factor(session: Session, operator_id: str) -> None:
    """Remove it, and its recovery codes, within a transaction."""
    row = credential(session, operator_id)
    row.second_factor = row.second_factor_at = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.operator_id == operator_id))


def take_code(session: Session, operator_id: str, code: str, now: datetime, key: str) -> bool:
    """Whether a code is right now and was not used before; it is used then."""
    row = session.get(Credential, operator_id, with_for_update=True)
    return row is not None and row.second_factor_at is not None and _take(row, code, now, key)


def take_recovery_code(session: Session, operator_id: str, code: str, now: datetime) -> bool:
    """Whether it is one of the operator's recovery codes; it is used up then."""
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.digest == _recovery_digest(operator_id, code),
            RecoveryCode.operator_id == operator_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.digest)
    )
    return used.first() is not None


@dataclass(frozen=True, slots=True)
class ReEncrypted:
    """What became of the second factors that are kept."""

    anew: int
    """Those that were kept under an older key."""
    same: int
    """Those that were kept under the newest key already."""
    unreadable: tuple[str, ...]
    """The logins of those that were kept under a key that is not there any more."""


def re_encrypt(desk: Desk, actor: str, now: datetime, key: str) -> ReEncrypted:
    """Keep every second factor under the newest key, so that the older ones may be taken away.

    Those that no key opens stay as they are. Raises `NotPossible` without a key.
    """
    every = _vaults(key)
    with acting(desk, actor, now, Role.ADMIN) as act:
        anew, same, unreadable = 0, 0, []
        for row, login in act.session.execute(_KEPT).all():
            kept = row.second_factor or ""
            if _opens(every[0], kept):
                same += 1
            elif _opens(MultiFernet(every), kept):
                row.second_factor = MultiFernet(every).rotate(kept).decode()
                anew += 1
            else:
                unreadable.append(login)
        if anew:
            act.event("second_factors_re_encrypted", public=False, count=anew)
        return ReEncrypted(anew, same, tuple(unreadable))


def credential(session: Session, operator_id: str) -> Credential:
    """The operator's row, made where there is none yet."""
    row = session.get(Credential, operator_id)
    if row is None:
        row = Credential(operator_id=operator_id, second_factor_step=0)
        session.add(row)
        session.flush()
    return row


def _take(row: Credential, code: str, now: datetime, key: str) -> bool:
    digits = "".join(code.split())
    if row.second_factor is None or not (digits.isascii() and digits.isdigit()):
        return False
    device = pyotp.TOTP(_opened(row.second_factor, key), interval=STEP)
    present = int(now.timestamp()) // STEP
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        right = hmac.compare_digest(device.generate_otp(step), digits)
        if right and step > row.second_factor_step:
            row.second_factor_step = step
            return True
    return False


def _new_recovery_codes(act: Act) -> tuple[str, ...]:
    owner = act.operator.id
    act.session.execute(delete(RecoveryCode).where(RecoveryCode.operator_id == owner))
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    act.session.add_all(
        RecoveryCode(digest=_recovery_digest(owner, code), operator_id=owner) for code in codes
    )
    return codes


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4))


def _recovery_digest(operator_id: str, code: str) -> str:
    plain = "".join(char for char in code.casefold() if char.isalnum())
    return digest(f"{operator_id} {plain}")


def _vaults(key: str) -> list[Fernet]:
    """One for each key, the newest first. Raises `NotPossible` where there is none."""
    if not keys_in(key):
        raise NotPossible("a second factor needs AVVISO_SECRET_KEY in the server's environment")
    return [Fernet(base64.urlsafe_b64encode(_derived(one))) for one in keys_in(key)]


def _derived(key: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"avviso second factor").derive(key.encode())


def _vault(key: str) -> MultiFernet:
    """Closes with the newest key, and opens with any."""
    return MultiFernet(_vaults(key))


def _opens(vault: Fernet | MultiFernet, kept: str) -> bool:
    try:
        vault.decrypt(kept)
    except InvalidToken:
        return False
    return True


def _opened(kept: str, key: str) -> str:
    try:
        return _vault(key).decrypt(kept).decode()
    except InvalidToken:
        raise NotPossible(
            "the second factor was kept under another AVVISO_SECRET_KEY; use a recovery code, "
            "or ask an administrator to remove it"
        ) from None
