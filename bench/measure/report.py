"""Tables and goals, printed as they come."""

from dataclasses import dataclass, field


@dataclass
class Goal:
    """A number that is to be at most (or at least) another."""

    text: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        return [self.text, number(self.value), f"{sign} {number(self.limit)}", "met" if self.met else "MISSED"]


@dataclass
class Table:
    title: str
    columns: list[str]
    rows: list[list] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def add(self, *cells) -> None:
        self.rows.append(list(cells))

    def print(self) -> None:
        print(f"\n== {self.title}\n")
        print_markdown(self.columns, [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in self.rows])
        for note in self.notes:
            print(f"\n{note}")


def number(value) -> str:
    """With three digits that count: 0.0123, 4.56, 789, 12,345."""
    if value is None:
        return "–"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    if value == 0:
        return "0"
    digits = 2
    while digits < 6 and abs(value) < 10 ** (2 - digits):
        digits += 1
    return f"{value:.{digits - 1 if abs(value) >= 10 else digits}f}"


def print_markdown(columns: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]

    def line(cells: list[str]) -> str:
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "| " + " | ".join(padded) + " |"

    print(line(columns))
    print("|" + "|".join("-" * (w + 1) + ("-" if i == 0 else ":") for i, w in enumerate(widths)) + "|")
    for row in rows:
        print(line(row), flush=True)


def print_goals(goals: list[Goal]) -> None:
    if goals:
        print("\n== Goals\n")
        print_markdown(["goal", "measured", "limit", ""], [goal.line() for goal in goals])
