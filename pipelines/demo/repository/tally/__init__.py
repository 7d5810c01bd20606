"""Count the words of texts."""

from tally.words import counted, most_frequent, words

__all__ = ["counted", "most_frequent", "words"]
