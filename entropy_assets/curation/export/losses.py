"""Why a record cannot be written in a layout: the codes, one sentence each, and how they travel."""

import enum


class Loss(enum.StrEnum):
    """Code of the reason for which a record cannot be written in a layout."""

    wrong_kind = "wrong_kind"
    late_system = "late_system"
    tool_turn = "tool_turn"
    turn_order = "turn_order"
    no_answer = "no_answer"
    no_label = "no_label"
    no_place = "no_place"
    key_taken = "key_taken"
    no_json_number = "no_json_number"
    not_a_record = "not_a_record"
    reads_differently = "reads_differently"
    preference = "preference"
    unwanted_answer = "unwanted_answer"
    nothing_trained = "nothing_trained"
    zero_mask = "zero_mask"
    weight_unplaced = "weight_unplaced"
    template_refuses = "template_refuses"
    template_drops = "template_drops"
    template_unstable = "template_unstable"
    control_token = "control_token"
    token_over_edge = "token_over_edge"
    unknown_characters = "unknown_characters"


LOSSES: dict[Loss, str] = {
    Loss.wrong_kind: "The layout holds another kind of record: text, chat or preference.",
    Loss.late_system: "A system turn stands behind another turn, and the layout has one system prompt.",
    Loss.tool_turn: "The conversation has a turn of a tool, and the layout has questions and answers alone.",
    Loss.turn_order: "User and assistant do not take turns from a question to an answer.",
    Loss.no_answer: "The conversation does not end with an answer of the assistant to something.",
    Loss.no_label: "The record has no `label`, which says whether its answer is a wanted one.",
    Loss.no_place: "A turn has calls, reasoning, attachments or a weight, for which the layout has no place.",
    Loss.key_taken: "The metadata have a key that means something else in the layout; rename it.",
    Loss.no_json_number: "The metadata hold NaN or an infinity, which JSON cannot hold.",
    Loss.not_a_record: "Kind, content or metadata are not what a record has; ingest the row anew.",
    Loss.reads_differently: "The row would be read as another record than it was written from.",
    Loss.preference: "A preference has two answers, and tokens have a place for one.",
    Loss.unwanted_answer: "Its `label` says that its answer is unwanted, and tokens are trained towards.",
    Loss.nothing_trained: "It has no turn of the assistant, or each has a weight of 0.",
    Loss.zero_mask: "The template marks no token of an answer, so that nothing would be trained on.",
    Loss.weight_unplaced: "A turn has a weight, and it cannot be said which tokens are that turn.",
    Loss.template_refuses: "The chat template raises an error for the conversation.",
    Loss.template_drops: "The chat template leaves out something of the conversation.",
    Loss.template_unstable: "What the chat template writes of a turn changes with the turns behind it.",
    Loss.control_token: "A turn spells a token that begins or ends turns, and would become that token.",
    Loss.token_over_edge: "A token goes over the edge of an answer.",
    Loss.unknown_characters: "The tokenizer has no tokens for some of its characters.",
}
"""Code -> one sentence for people."""


class Lost(Exception):
    """A record cannot be written; caught where it was taken up, never seen by callers of `export`."""

    def __init__(self, reason: Loss, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
