"""Lines that are drawn again in the same place, as a terminal shows them."""

from __future__ import annotations

import io
import os
import re

from orion_pbt.console.screen import Screen, fit


class Terminal(io.StringIO):
    """Shows what a terminal would: it knows the few codes that are used."""

    def shown(self):
        lines, row = [""], 0
        for code, text in re.findall(r"(\x1b\[\d*[A-Z](?:\x1b\[H)?)|([^\x1b])", self.getvalue()):
            if code.endswith("A"):
                row -= int(code[2:-1])
            elif code == "\x1b[2K":
                lines[row] = ""
            elif code == "\x1b[J":
                del lines[row + 1 :]
                lines[row] = ""
            elif code == "\x1b[2J\x1b[H":
                lines, row = [""], 0
            elif text == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif text != "\r":
                assert not code
                lines[row] += text
        return lines[:-1]


def screen(terminal, columns=20, lines=6):
    return Screen(terminal, lambda: os.terminal_size((columns, lines)))


def test_lines_replace_those_of_before():
    terminal = Terminal()
    drawn = screen(terminal)
    for lines in (["one", "two longer", "three"], ["four", "five", "six"], ["seven"]):
        drawn.draw(lines)
        assert terminal.shown() == lines


def test_what_stands_above_stays():
    terminal = Terminal("$ orion-pbt watch\n")
    terminal.seek(0, os.SEEK_END)
    drawn = screen(terminal)
    drawn.draw(["one", "two"])
    drawn.draw(["three", "four"])
    assert terminal.shown() == ["$ orion-pbt watch", "three", "four"]


def test_more_than_there_is_room_for_is_cut():
    terminal = Terminal()
    drawn = screen(terminal, columns=5, lines=4)
    drawn.draw(["123456789", "12345", "1", "2", "3"])
    assert terminal.shown() == ["1234…", "12345", "1"]


def test_another_size_begins_anew():
    terminal = Terminal()
    sizes = iter([(20, 6), (20, 6), (8, 6)])
    drawn = Screen(terminal, lambda: os.terminal_size(next(sizes)))
    drawn.draw(["a line that is long"])
    drawn.draw(["a line that is new"])
    drawn.draw(["a line that is long"])
    assert terminal.shown() == ["a line …"]


def test_a_window_of_one_line_shows_one():
    terminal = Terminal()
    screen(terminal, lines=1).draw(["one", "two"])
    assert terminal.shown() == ["one"]


class TestFit:
    def test_what_fits_stays(self):
        assert fit("12345", 5) == "12345"

    def test_wide_characters_take_two_columns(self):
        assert fit("日本語", 6) == "日本語"
        assert fit("日本語", 5) == "日本…"
        assert fit("日本語", 4) == "日…"

    def test_accents_of_their_own_take_none(self):
        assert fit("Ori\u0301on", 5) == "Ori\u0301on"
