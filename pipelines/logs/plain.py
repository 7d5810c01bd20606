"""The text of a log as a reader sees it: without escapes and control characters, progress as last written. Pure."""

import re

LONGEST_LINE = 64 * 1024  # bytes of a line that are looked at; the log view keeps no more either

# CSI, OSC (links, titles) ended by BEL or ST, other strings, two-character escapes. None reaches over a line feed.
# Source: ECMA-48, sections 5.4 and 5.6; xterm's "Control Sequences". The same as in static/src/log/ansi.ts.
ESCAPE = re.compile(
    rb"\x1b\[[0-9;:<=>?]*[ -/]*[@-~]?"
    rb"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\|)"
    rb"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\|)"
    rb"|\x1b[ -/]*[0-~]?"
)
CONTROLS = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\t\n")


def plain(lines: bytes) -> bytes:
    """``lines`` with as many line feeds as before."""
    if b"\r" in lines:
        lines = b"\n".join(map(last_update, lines.split(b"\n")))
    if b"\x1b" in lines:
        lines = ESCAPE.sub(b"", lines)
    return lines.translate(None, CONTROLS)


def last_update(line: bytes) -> bytes:
    """What stands there after carriage returns: those at the end have overwritten nothing yet."""
    kept = line.rstrip(b"\r")
    return kept[kept.rfind(b"\r") + 1 :]
