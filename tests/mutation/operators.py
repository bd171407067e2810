# SPDX-License-Identifier: Apache-2.0
"""What a mutant may change in a C++ source: small, plausible mistakes, one a mutant, found in its tokens.

The sources are formatted by clang-format, and that is relied upon: a binary < or > stands between spaces, the bracket
of a template does not.
"""
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#[^\n]*)
      | (?P<text>R"\(.*?\)"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<number>\d[\w.]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>::|->|\+\+|--|&&|\|\||==|!=|<=|>=|\+=|-=|.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = set(OPENING.values())
CONTROL = {"if", "for", "while", "switch"}
# What begins a statement that is not removed: removing a declaration compiles only when nobody reads it.
DECLARES = {"const", "auto", "static", "constexpr", "using", "unsigned", "int", "bool", "case", "default", "template",
            "struct", "class", "enum", "namespace", "public", "private", "protected", "friend", "else", "do", "try"}
SWAPS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">"], ">": [">=", "<"], "<=": ["<", ">"], ">=": [">", "<"],
         "&&": ["||"], "||": ["&&"], "++": ["--"], "--": ["++"]}
NAMES = {"true": ["false"], "false": ["true"], "any_of": ["all_of"], "all_of": ["any_of"], "front": ["back"],
         "back": ["front"]}


@dataclass(frozen=True, order=True)
class Mutant:
    path: str
    start: int
    end: int
    replacement: str
    operator: str

    def apply(self, text):
        return text[: self.start] + self.replacement + text[self.end :]

    def line(self, text):
        return text.count("\n", 0, self.start) + 1

    def change(self, text):
        """The lines that it touches, before and after, each as one line."""
        first = text.rfind("\n", 0, self.start) + 1
        last = text.find("\n", self.end)
        before = text[first:last]
        after = text[first : self.start] + self.replacement + text[self.end : last]
        return " ".join(before.split()), " ".join(after.split())


class Token:
    def __init__(self, kind, text, start):
        self.kind = kind
        self.text = text
        self.start = start
        self.end = start + len(text)


def tokens_of(text):
    return [Token(match.lastgroup, match.group(), match.start())
            for match in TOKEN.finditer(text) if match.lastgroup != "skip"]


def partners_of(tokens):
    """Index of each opening bracket's closing one, and the other way round."""
    partners, open_brackets = {}, []
    for index, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in OPENING:
            open_brackets.append(index)
        elif token.text in CLOSING and open_brackets:
            opening = open_brackets.pop()
            partners[opening], partners[index] = index, opening
    return partners


def enums_of(headers):
    """The enumerators of each scoped or plain enum: {name: [[enumerators], …]}."""
    enums = {}
    for text in headers:
        for name, body in re.findall(r"\benum\s+(?:class\s+)?(\w+)[^{;]*\{(.*?)\}", text, re.DOTALL):
            plain = re.sub(r"//[^\n]*", "", body)
            enums.setdefault(name, []).append([entry.split("=")[0].strip() for entry in plain.split(",") if entry.strip()])
    return enums


class Source:
    """One file, and every mutant of it."""

    def __init__(self, path, text, enums):
        self.path = path
        self.text = text
        self.enums = enums
        self.tokens = tokens_of(text)
        self.partners = partners_of(self.tokens)
        self.found = set()

    def mutants(self):
        for index, token in enumerate(self.tokens):
            if token.kind == "sign":
                self.signs(index, token)
            elif token.kind == "number":
                self.numbers(token)
            elif token.kind == "name":
                self.names(index, token)
            if self.begins_statement(index):
                self.statement(index)
        return sorted(self.found)

    def add(self, start, end, replacement, operator):
        if self.text[start:end] != replacement:
            self.found.add(Mutant(self.path, start, end, replacement, operator))

    def at(self, index):
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def between(self, first, last):
        """The text from token `first` up to, not including, token `last`."""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]

    # --- within an expression

    def signs(self, index, token):
        spaced = self.text[token.start - 1] == " " and self.text[token.end : token.end + 1] in (" ", "\n")
        if token.text in SWAPS and (spaced or token.text in ("++", "--")):
            for other in SWAPS[token.text]:
                self.add(token.start, token.end, other, f"{token.text} becomes {other}")
        if token.text == "!":
            self.add(token.start, token.end, "", "! removed")
        if token.text == "?":
            self.swap_arms(index)
        if token.text in ("(", "{") and self.tokens[index - 1].kind == "name":
            self.swap_arguments(index)

    def swap_arms(self, index):
        colon = self.skip_to(index + 1, {":"})
        if self.at(colon) != ":":
            return
        end = self.skip_to(colon + 1, {";", ",", ":"})
        first, second = self.between(index + 1, colon), self.between(colon + 1, end)
        self.add(self.tokens[index + 1].start, self.tokens[end - 1].end, f"{second} : {first}", "arms of ?: swapped")

    def skip_to(self, index, stops):
        """The first of `stops` from `index` on, brackets skipped, or the bracket that closes around it."""
        while index < len(self.tokens):
            text = self.at(index)
            if self.tokens[index].kind == "sign":
                if text in stops or text in CLOSING:
                    return index
                if text in OPENING:
                    index = self.partners.get(index, index)
            index += 1
        return index - 1

    def swap_arguments(self, opening):
        closing = self.partners.get(opening)
        if closing is None or closing == opening + 1 or self.at(opening - 1) in CONTROL:
            return
        arguments, begin = [], opening + 1
        while begin < closing:
            end = self.skip_to(begin, {",", ";"})
            arguments.append((begin, end))
            begin = end + 1
        for (first, first_end), (second, second_end) in zip(arguments, arguments[1:]):
            if self.is_simple(first, first_end) and self.is_simple(second, second_end):
                swapped = f"{self.between(second, second_end)}, {self.between(first, first_end)}"
                self.add(self.tokens[first].start, self.tokens[second_end - 1].end, swapped, "arguments swapped")

    def is_simple(self, begin, end):
        """A name, or a member of one: no declaration, no text, no call."""
        words = self.tokens[begin:end]
        return bool(words) and all(word.kind == "name" or word.text in (".", "->", "::", "*") for word in words) and not any(
            one.kind == two.kind == "name" for one, two in zip(words, words[1:]))

    def numbers(self, token):
        if not re.fullmatch(r"\d+U?", token.text):
            return
        value, suffix = int(token.text.rstrip("U")), "U" if token.text.endswith("U") else ""
        self.add(token.start, token.end, f"{value + 1}{suffix}", "one more")
        if value > 0:
            self.add(token.start, token.end, f"{value - 1}{suffix}", "one less")

    def names(self, index, token):
        for other in NAMES.get(token.text, []):
            self.add(token.start, token.end, other, f"{token.text} becomes {other}")
        if self.at(index - 1) == "::" and self.at(index - 3) != "case":
            for enumerators in self.enums.get(self.at(index - 2), []):
                if token.text in enumerators:
                    at = enumerators.index(token.text)
                    for sibling in {enumerators[(at + 1) % len(enumerators)], enumerators[at - 1]}:
                        self.add(token.start, token.end, sibling, "another enumerator")
        if token.text in ("if", "while") and self.at(index + 1) == "(":
            self.condition(index + 1)

    def condition(self, opening):
        closing = self.partners[opening]
        begin = opening + 1
        while self.at(self.skip_to(begin, {";"})) == ";":
            begin = self.skip_to(begin, {";"}) + 1
        text = self.between(begin, closing)
        if not re.match(r"(const )?auto\b", text):
            self.add(self.tokens[begin].start, self.tokens[closing - 1].end, f"!({text})", "condition negated")

    # --- whole statements

    def ends_control(self, index):
        """Whether token `index` is the bracket that ends an if (…) or for (…), or an else."""
        if self.at(index) == "else":
            return True
        return self.at(index) == ")" and index in self.partners and self.at(self.partners[index] - 1) in CONTROL

    def begins_statement(self, index):
        before = self.at(index - 1)
        label = before == ":" and self.text[self.tokens[index - 1].start - 1] != " "  # not the one of ?:
        return (label or before in ("{", "}", ";")) and self.in_function(index) or self.ends_control(index - 1)

    def in_function(self, index):
        """Whether the innermost bracket around token `index` is a { that follows a ), const, else or try."""
        depth = 0
        for before in range(index - 1, -1, -1):
            if self.tokens[before].kind != "sign":
                continue
            if self.at(before) in CLOSING:
                depth += 1
            elif self.at(before) in OPENING:
                if depth == 0:
                    return self.at(before) == "{" and self.at(before - 1) in (")", "const", "else", "try", "}", "override")
                depth -= 1
        return False

    def statement(self, begin):
        word = self.at(begin)
        end = self.skip_to(begin, {";"})
        if self.at(end) != ";" or word in CONTROL or word in DECLARES or word in ("{", "}", ";"):
            return
        first, last = self.tokens[begin].start, self.tokens[end].end
        if word == "return":
            self.returned(begin, end)
            if self.ends_control(begin - 1) or self.in_control_block(begin):
                self.add(first, last, ";", "return removed")
        elif word in ("continue", "break", "throw"):
            self.add(first, last, ";", f"{word} removed")
        elif not self.is_declaration(begin, end):
            self.add(first, last, ";", "statement removed")

    def in_control_block(self, begin):
        return self.at(begin - 1) == "{" and self.ends_control(begin - 2)

    def is_declaration(self, begin, end):
        """Two names side by side (or with a template's > between them) before the first bracket or =."""
        for index in range(begin, end):
            if self.at(index) in ("(", "=", "{", "["):
                return False
            if self.tokens[index].kind == "name" and self.at(index - 1) != "::" and index > begin and (
                    self.tokens[index - 1].kind == "name" or self.at(index - 1) in (">", "*", "&")):
                return True
        return False

    def returned(self, begin, end):
        if end == begin + 1:
            return
        value = self.between(begin + 1, end)
        start, stop = self.tokens[begin + 1].start, self.tokens[end - 1].end
        if value in ("true", "false"):
            return  # a name of its own
        self.add(start, stop, "{}", "nothing returned")
        if re.search(r"&&|\|\||==|!=|^!", value):
            self.add(start, stop, f"!({value})", "returned value negated")
