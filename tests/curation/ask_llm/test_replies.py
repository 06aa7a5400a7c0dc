"""What is read out of a server's answer."""

import pytest

from entropy_assets.curation.ask_llm import Failure, Reply
from entropy_assets.curation.ask_llm.replies import IMPOSSIBLE, Unreadable, reply_of


@pytest.mark.parametrize("form", ["chat", "content", "legacy"])
def test_all_forms_of_an_answer_are_read(form: str) -> None:
    listed = [{"token": "Yes", "logprob": -0.5}, {"token": "No", "logprob": -1.0}]
    told = {
        "chat": {"content": [{"token": "Yes", "logprob": -0.5, "top_logprobs": listed}]},
        "content": {"content": [{"id": 1, "token": "Yes", "logprob": -0.5, "top_logprobs": listed}]},
        "legacy": {"tokens": ["Yes"], "top_logprobs": [{"Yes": -0.5, "No": -1.0}]},
    }
    assert reply_of({"choices": [{"logprobs": told[form]}]}, 77) == Reply(-0.5, -1.0, 77, 1)


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"choices": []}, {"choices": [{"logprobs": {"content": [{}]}}]}]
)
def test_what_is_no_answer_is_told_from_one(answer: object) -> None:
    with pytest.raises(Unreadable):
        reply_of(answer, 1)


@pytest.mark.parametrize("usage", [-1000, True, "9", None])
def test_usage_that_no_answer_has_counts_as_the_most_it_may_be(usage: object) -> None:
    logprobs = {"top_logprobs": [{"Yes": -0.5, "No": -1.0}]}
    told = {"prompt_tokens": usage, "completion_tokens": usage}
    found = reply_of({"choices": [{"logprobs": logprobs}], "usage": told}, 77)
    assert (found.n_in, found.n_out) == (77, 1)


@pytest.mark.parametrize(
    ("listed", "is_reply"),
    [
        ({"Yes": 3.0, "No": 2.0}, False),
        ({"Yes": -0.5, "Other": 0.5}, False),
        ({"Yes": "nan", "No": -1.0}, False),
        ({"Yes": 1e400, "No": -1.0}, False),
        ({"Yes": -0.1, "yes": -0.1, "No": -1.0}, False),
        ({"Yes": 1e-4, "No": -9999.0}, True),
    ],
)
def test_what_is_no_log_probability_is_no_score(listed: dict[str, object], is_reply: bool) -> None:
    found = reply_of({"choices": [{"logprobs": {"top_logprobs": [listed]}}]}, 77)
    assert isinstance(found, Reply) == is_reply
    assert isinstance(found, Reply) or found == Failure(IMPOSSIBLE, 77, 1)
