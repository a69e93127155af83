"""Client and gateway sign and verify by one profile: what was changed on the way, or sent again later, is refused."""

from __future__ import annotations

import hashlib

import pytest

from ops.signatures import MIN_SECRET, BadSignature, sign, verify
from tests.fakes.clock import EPOCH

SECRET = b"s" * MIN_SECRET
BODY = '[["GET","café"]]'.encode()


def signed(**changes: object) -> dict[str, str]:
    given = {"method": "POST", "path": "/state/pipeline", "query": "", "body": BODY} | changes
    return sign(**given, key_id="agent", secret=SECRET, at=EPOCH)  # type: ignore[arg-type]


def checked(headers: dict[str, str], **changes: object) -> object:
    given = {"method": "POST", "path": "/state/pipeline", "query": "", "body": BODY, "now": EPOCH} | changes
    return verify(headers=headers, secret_of={"agent": SECRET}.get, **given)  # type: ignore[arg-type]


def refused(headers: dict[str, str], **changes: object) -> str:
    with pytest.raises(BadSignature) as caught:
        checked(headers, **changes)
    return caught.value.reason


def test_what_was_signed_is_believed() -> None:
    """The verifier learns whose key it was and the nonce, which it must not see again."""
    headers = signed()
    found = verify(
        "POST",
        "/state/pipeline",
        "",
        BODY,
        {k.lower(): v for k, v in headers.items()},
        secret_of=lambda _: SECRET,
        now=EPOCH,
    )
    assert (found.key_id, found.created, found.sha256) == ("agent", int(EPOCH), hashlib.sha256(BODY).digest())
    assert len(found.nonce) >= 20
    assert found.nonce in headers["Signature-Input"]


def test_each_request_has_a_nonce_of_its_own() -> None:
    """The same request twice is two requests, not a replay."""
    assert signed()["Signature"] != signed()["Signature"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "GET"}, "mismatch"),
        ({"path": "/state/"}, "mismatch"),
        ({"path": "/state/pipelin%65"}, "mismatch"),
        ({"query": "x=1"}, "mismatch"),
        ({"body": BODY + b" "}, "wrong_digest"),
        ({"body": b""}, "wrong_digest"),
        ({"path": "/with space"}, "mismatch"),
    ],
)
def test_a_changed_request_is_refused(change: dict[str, object], reason: str) -> None:
    """Method, path, query and body are all covered: none can be exchanged under a good signature."""
    assert refused(signed(), **change) == reason


def test_a_foreign_or_unknown_key_is_refused() -> None:
    """The secret is the proof, not the id of the key."""
    assert refused(sign("POST", "/", "", b"", key_id="agent", secret=b"x" * 32, at=EPOCH), path="/") == "mismatch"
    assert refused(sign("POST", "/", "", b"", key_id="nobody", secret=SECRET, at=EPOCH), path="/") == "unknown_key"


@pytest.mark.parametrize("missing", ["Signature", "Signature-Input"])
def test_unsigned(missing: str) -> None:
    headers = signed()
    del headers[missing]
    assert refused(headers) == "unsigned"


@pytest.mark.parametrize(
    "text", ["", "sig1=", "sig1=()", 'sig1=("@method");created=1', "\x00", "sig1=:aaaa:", "a" * 10_000]
)
def test_rubbish_is_refused(text: str) -> None:
    """Whatever the header holds, the answer is a reason, not another exception."""
    assert refused(signed() | {"Signature-Input": text}) in ("malformed", "mismatch")
    assert refused(signed() | {"Signature": text}) in ("malformed", "mismatch")


@pytest.mark.parametrize("part", ['"@path" ', '"@method" ', ' "content-digest"', ' "@query"'])
def test_a_signature_that_covers_less_is_refused(part: str) -> None:
    """A signature of its owner's own making that leaves something open would let that be exchanged."""
    from http_message_signatures import HTTPMessageSigner, algorithms

    from ops import signatures

    covered = [name for name in signatures.COVERED if name != part.strip(' "')]
    message = signatures._Message("POST", "http://g/state/pipeline", {"Content-Digest": signed()["Content-Digest"]})
    signer = HTTPMessageSigner(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=signatures._One(SECRET))
    signer.sign(
        message, key_id="agent", nonce="n" * 16, label="sig1", covered_component_ids=covered, use_existing_digest=True
    )
    assert refused(message.headers) == "not_covered"


@pytest.mark.parametrize("removed", [";nonce=", ";created="])
def test_a_parameter_taken_away_is_refused(removed: str) -> None:
    """Without nonce or time a signature could be sent again for ever: they are signed too."""
    headers = signed()
    before, _, after = headers["Signature-Input"].partition(removed)
    rest = after[after.find(";") :] if ";" in after else ""
    assert refused(headers | {"Signature-Input": before + rest}) == "mismatch"


@pytest.mark.parametrize("off", [-301.0, 301.0, 3600.0])
def test_a_clock_that_is_off_is_told_apart(off: float) -> None:
    """A client whose clock is wrong learns that it is the clock: it can correct itself by the server's Date."""
    assert refused(signed(), now=EPOCH + off) == "clock_skew"


@pytest.mark.parametrize("off", [-299.0, 299.0])
def test_within_the_window(off: float) -> None:
    """Clocks five minutes apart still agree."""
    assert checked(signed(), now=EPOCH + off)


def test_only_the_owner_of_the_secret_learns_about_the_time() -> None:
    """A forged request is a mismatch, whatever its time."""
    assert refused(signed(), now=EPOCH + 9999, path="/other") == "mismatch"


def test_a_body_may_be_checked_as_it_passes() -> None:
    """A large upload is verified before its body is read, and its digest when all of it has passed."""
    found = checked(signed(), body=None)
    assert found.vouches_for(hashlib.sha256(BODY).digest())  # type: ignore[attr-defined]
    assert not found.vouches_for(hashlib.sha256(b"other").digest())  # type: ignore[attr-defined]


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        sign("GET", "/", "", b"", key_id="agent", secret=b"short", at=EPOCH)


def test_the_example_of_the_rfc() -> None:
    """RFC 9421 appendix B.2.5's key and form: the library makes the header fields the RFC describes."""
    headers = sign("GET", "/", "a=1", b"", key_id="k", secret=SECRET, at=1_618_884_473, nonce="nonce-nonce")
    assert headers["Signature-Input"] == (
        'sig1=("@method" "@path" "@query" "content-digest");created=1618884473;keyid="k";nonce="nonce-nonce"'
    )
    assert headers["Content-Digest"] == "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
