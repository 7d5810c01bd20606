"""What a word is, and that none is lost however long the text."""

import random
import unittest
from collections import Counter

from tally import counted, most_frequent, words


class Words(unittest.TestCase):
    def test_case_does_not_matter(self) -> None:
        self.assertEqual(list(words("Tea tea TEA")), ["tea"] * 3)

    def test_punctuation_parts_words(self) -> None:
        self.assertEqual(list(words("one,two;three--four")), ["one", "two", "three", "four"])

    def test_an_apostrophe_inside_a_word_belongs_to_it(self) -> None:
        self.assertEqual(list(words("don't 'quote' rock'n'roll")), ["don't", "quote", "rock'n'roll"])

    def test_letters_of_any_language_are_letters(self) -> None:
        self.assertEqual(list(words("Straße, naïve, 流水线")), ["strasse", "naïve", "流水线"])


class Counts(unittest.TestCase):
    def test_words_that_are_equally_frequent_come_in_alphabetical_order(self) -> None:
        self.assertEqual(most_frequent(counted(["b a c b c"]), 3), [("b", 2), ("c", 2), ("a", 1)])

    def test_no_word_of_a_long_text_is_lost(self) -> None:
        chance = random.Random(2718)
        vocabulary = ["".join(chance.choices("abcdefgh", k=6)) for _ in range(5_000)]
        for round_number in range(1, 11):
            written = chance.choices(vocabulary, k=100_000 * round_number)
            texts = (" ".join(written[start : start + 1_000]) for start in range(0, len(written), 1_000))
            with self.subTest(words=len(written)):
                self.assertEqual(counted(texts), Counter(written))
            print(f"{len(written)} words, none lost", flush=True)


if __name__ == "__main__":
    unittest.main()
