"""What `python -m recording` stops for, in words for the operator."""

from __future__ import annotations

from recording.bucket import BucketDown, BucketRefused

_REMEDY = {
    "no_bucket": "There is no bucket of the name in RECORDING_BUCKET. Make it, or correct the name.",
    "no_permission": (
        "This account may not do that with the bucket in RECORDING_BUCKET. docs/tasks/recordings.md has the roles that"
        " each command needs; without any credentials, log in first (gcloud auth application-default login)."
    ),
    "quota": "A quota of the project is used up. Look under IAM & Admin, Quotas, and try again.",
    "held": "It is under a legal hold. Nothing can be deleted or replaced before `release`.",
    "key": (
        "The encryption key cannot be used: it is disabled or destroyed, or the bucket's own service agent lacks"
        " roles/cloudkms.cryptoKeyEncrypterDecrypter on it."
    ),
    "no_holds": "What answers keeps no holds (an emulator does not): nothing but our own commands will heed it.",
    "no_signer": (
        "Nothing here can sign an address: set RECORDING_SIGNER_EMAIL to a service account for which this login has"
        " roles/iam.serviceAccountTokenCreator."
    ),
    "refused": "Google refuses the request itself: a name or a setting that it does not take.",
}


class RecordingError(Exception):
    """Ends a command with exit status 1. Its text is for the operator: no secret, no number, and what to do."""


def told(error: BucketDown | BucketRefused) -> str:
    """What is wrong with the bucket, and who does what about it."""
    if isinstance(error, BucketRefused):
        return _REMEDY.get(error.reason, _REMEDY["refused"])
    return f"The bucket cannot be asked ({error}). What was asked last may or may not have happened: do it again."
