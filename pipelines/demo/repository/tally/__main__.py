"""The command line: ``python3 -m tally --top 10 FILE…``."""

import argparse
import sys
from pathlib import Path

from tally.words import counted, most_frequent


def main() -> int:
    parser = argparse.ArgumentParser(prog="tally", description="Print the most frequent words of files.")
    parser.add_argument("--top", type=int, default=10, help="how many words")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    asked = parser.parse_args()
    try:
        texts = [file.read_text(encoding="utf-8") for file in asked.files]
    except OSError as error:
        print(f"tally: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    for word, times in most_frequent(counted(texts), asked.top):
        print(f"{times:7} {word}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
