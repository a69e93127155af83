"""Policy is decided by code: when a silent caller is asked again, and whether a greeting tells that an AI talks."""

from __future__ import annotations

import pytest

from calls.policy import Disclosure, SilencePolicy, says_ai


def test_a_silent_caller_is_asked_twice_and_then_told_goodbye() -> None:
    """The words of each prompt in order, the last ones again when there are fewer words than prompts, then None."""
    silence = SilencePolicy(prompts=3, words=("one", "two"))
    assert [silence.prompt(asked) for asked in range(4)] == ["one", "two", "two", None]
    assert SilencePolicy(prompts=0).prompt(0) is None


@pytest.mark.parametrize(
    ("greeting", "says"),
    [
        ("Hello, this is the AI receptionist. How can I help?", True),
        ("Hi, I'm an automated assistant", True),
        ("Hello, A.I. speaking. What can I do?", True),
        ("Hello! I am an AI.", False),
        ("Said Ali: the aid desk is open.", False),
        ("", False),
    ],
)
def test_only_the_first_sentence_counts(greeting: str, says: bool) -> None:
    """ "AI" inside a word, or said only later, is no disclosure."""
    assert says_ai(greeting) is says


def test_disclosure_can_be_switched_off_by_policy_only() -> None:
    """The greeting stays as it is where the policy says so."""
    assert Disclosure(ai=False).applied_to("Hello.") == "Hello."
    assert Disclosure().applied_to("Hello.").endswith("AI assistant. Hello.")
