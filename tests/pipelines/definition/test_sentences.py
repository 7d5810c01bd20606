from string import Formatter

import pytest

from pipelines.definition.messages import REASONS, reason
from pipelines.definition.problems import RULES


@pytest.mark.parametrize("template", [*(rule.template for rule in RULES.values()), *REASONS.values()])
def test_sentences_are_plain_templates(template: str) -> None:
    """Named holes only, no full stop: a translator sees what goes where, a page adds its own punctuation."""
    assert not template.endswith(".")
    assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(template))


def test_a_reason_without_its_parameters_is_a_bug_found_at_once() -> None:
    with pytest.raises(KeyError):
        reason("BranchExcluded", branch="main")
